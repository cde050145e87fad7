import { createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';

/**
 * What counts as one caller: an IPv4 address, or the /64 that an IPv6 customer gets as the least, since
 * whoever holds one has 2^64 addresses.
 */
export function callerOf(address: string): string {
  const plain = address.split('%')[0] ?? address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  if (mapped !== undefined || !isIPv6(plain)) return mapped ?? plain;
  const [before = '', after] = plain.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? [] : Array.from({ length: 8 - head.length - tail.length }, () => '0');
  const groups = [...head, ...zeros, ...tail]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.join(':')}::/64`;
}

/** The form in which an address is stored: keyed, because four billion IPv4 addresses are hashed in minutes. */
export function hashCaller(address: string, secret: string): Buffer {
  return createHmac('sha256', secret)
    .update(`caller address:${callerOf(address)}`)
    .digest();
}
