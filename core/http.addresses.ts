import { BlockList, isIP, isIPv4 } from 'node:net';

/** Addresses that no client may make us call: everything that is not plainly public (RFC 6890 and later). */
const REFUSED_V4: readonly [network: string, bits: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Only 2000::/3 is public; of that, these are not, or carry an IPv4 address that could be private. */
const REFUSED_V6: readonly [network: string, bits: number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const refused = new BlockList();
for (const [network, bits] of REFUSED_V4) refused.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of REFUSED_V6) refused.addSubnet(network, bits, 'ipv6');
const publicV6 = new BlockList();
publicV6.addSubnet('2000::', 3, 'ipv6');

/** Whether a numeric address is on the public internet. Names, mapped and odd forms are not. */
export function isPublicAddress(address: string): boolean {
  if (!isIP(address) || address.includes('%')) return false;
  if (isIPv4(address)) return !refused.check(address, 'ipv4');
  return publicV6.check(address, 'ipv6') && !refused.check(address, 'ipv6');
}

export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}

/** Networks of a company, a host, a tailnet. Not link-local ones, where clouds hand out credentials to whoever asks. */
const PRIVATE_V4: readonly [network: string, bits: number][] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
];

const inside = new BlockList();
for (const [network, bits] of PRIVATE_V4) inside.addSubnet(network, bits, 'ipv4');
inside.addSubnet('fc00::', 7, 'ipv6');
inside.addAddress('::1', 'ipv6');
/** Inside one of those, and hands out credentials all the same. */
const metadata = new BlockList();
metadata.addAddress('100.100.100.200', 'ipv4');
metadata.addAddress('fd00:ec2::254', 'ipv6');

/** Whether an operator's own service may have the address, beside the public ones. */
export function isPrivateAddress(address: string): boolean {
  if (!isIP(address) || address.includes('%') || /^::ffff:/i.test(address)) return false;
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  return inside.check(address, family) && !metadata.check(address, family);
}
