import { createHmac, randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Makes the providers' ids and secrets: random, or a repeatable sequence when a seed is given. */
export class IdSource {
  private drawn = 0;

  constructor(private readonly seed?: number) {}

  /** `length` letters and digits behind an optional prefix, for example `re_` + 24 characters. */
  text(prefix = '', length = 24): string {
    let id = prefix;
    for (const byte of this.bytes(length)) id += ALPHABET.charAt(byte % ALPHABET.length);
    return id;
  }

  /** A string of `length` decimal digits whose first one is not zero. */
  digits(length: number): string {
    let digits = '';
    for (const byte of this.bytes(length))
      digits += digits === '' ? String(1 + (byte % 9)) : String(byte % 10);
    return digits;
  }

  /** How many ids were drawn; kept in the snapshot, so that a seeded sequence goes on after a restart. */
  get position(): number {
    return this.drawn;
  }

  restore(position: number): void {
    this.drawn = position;
  }

  private bytes(length: number): Buffer {
    this.drawn += 1;
    if (this.seed === undefined) return randomBytes(length);
    const blocks: Buffer[] = [];
    for (let block = 0; block * 32 < length; block += 1) {
      blocks.push(createHmac('sha256', String(this.seed)).update(`${this.drawn}:${block}`).digest());
    }
    return Buffer.concat(blocks).subarray(0, length);
  }
}
