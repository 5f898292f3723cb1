import { isIPv6 } from 'node:net';

const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' };

/** HOST as a socket takes it: an IPv6 address may be given in brackets. */
export const bareHost = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

/** In an address no zone (fe80::1%eth0) can stand. */
export function isHost(host: string): boolean {
  const bare = bareHost(host);
  return isIPv6(bare) ? !bare.includes('%') : /^[\w.-]+$/.test(bare) && URL.canParse(`http://${bare}`);
}

/** Origin at which this process reaches itself: what is bound to one address answers on no other. */
export function ownOrigin(host: string, port: number): string {
  const name = hostOf(host);
  return `http://${EVERYWHERE[name] ?? name}:${port}`;
}

/** Origin for people, where no PUBLIC_URL is set. */
export function usualOrigin(host: string, port: number): string {
  const name = hostOf(host);
  return `http://${name in EVERYWHERE || name === '127.0.0.1' ? 'localhost' : name}:${port}`;
}

/** As in an address; 0, 127.1 and ::0 in their usual form. */
function hostOf(host: string): string {
  const bare = bareHost(host);
  return new URL(`http://${isIPv6(bare) ? `[${bare}]` : bare}`).hostname;
}
