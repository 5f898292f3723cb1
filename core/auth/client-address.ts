import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import proxyAddress from 'proxy-addr';
import { config, type Config } from '../config';

type Trust = Config['trustProxy'];

let compiled: { setting: Trust; isTrusted: (address: string, hop: number) => boolean } | undefined;

/**
 * The client's address: the last in X-Forwarded-For that no trusted proxy added. What a client
 * writes into that header itself is never reached, because the walk ends at the first untrusted hop.
 */
export function clientAddress(req: IncomingMessage): string {
  if (!req.socket.remoteAddress) return '';
  return proxyAddress(req, trustFunction(config().trustProxy));
}

/** @param setting number of proxies in front, or their addresses and subnets */
export function trustFunction(setting: Trust): (address: string, hop: number) => boolean {
  if (compiled?.setting === setting) return compiled.isTrusted;
  const isTrusted =
    typeof setting === 'number' ? (_address: string, hop: number) => hop < setting : proxyAddress.compile(setting);
  compiled = { setting, isTrusted };
  return isTrusted;
}

/** What one subscriber can vary freely counts as one: an IPv6 /64; IPv4 and IPv4-mapped by the address. */
export function addressBucket(ip: string): string {
  const address = ip.trim().split('%')[0] ?? '';
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return 'unknown';
  const groups = ipv6Groups(address.toLowerCase());
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) {
    const [high = 0, low = 0] = groups.slice(6);
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

function ipv6Groups(address: string): number[] {
  // A dotted tail (::ffff:1.2.3.4) stands for the last two groups.
  const text = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, a: string, b: string, c: string, d: string) => {
    const [high, low] = [(Number(a) << 8) | Number(b), (Number(c) << 8) | Number(d)];
    return `${high.toString(16)}:${low.toString(16)}`;
  });
  const [head = '', tail] = text.split('::');
  const parse = (part: string): number[] => (part ? part.split(':').map((group) => parseInt(group, 16)) : []);
  const first = parse(head);
  const last = tail === undefined ? [] : parse(tail);
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}
