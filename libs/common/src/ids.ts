import { randomFillSync } from 'node:crypto';
import { technicalTimeMs } from './clock';

/** The first part of each public id; a prefix, once given out, never changes its meaning. */
export const ID_PREFIXES = {
  account: 'acc',
  actionItem: 'aci',
  apiKey: 'key',
  auditEntry: 'aud',
  cardSetup: 'cds',
  claim: 'clm',
  client: 'cli',
  coach: 'coa',
  connection: 'con',
  creditEntry: 'cre',
  delivery: 'dlv',
  difference: 'dif',
  dispute: 'dsp',
  entitlement: 'ent',
  event: 'evt',
  file: 'fil',
  goal: 'gol',
  invitation: 'inv',
  ledgerTransaction: 'ltx',
  meeting: 'mtg',
  note: 'nte',
  notification: 'ntf',
  occurrence: 'occ',
  offering: 'off',
  override: 'ovr',
  package: 'pkg',
  payment: 'pay',
  paymentMethod: 'pmd',
  plan: 'pln',
  policy: 'pol',
  policyVersion: 'plv',
  proposal: 'prp',
  quote: 'quo',
  reconciliation: 'rec',
  refund: 'rfd',
  request: 'req',
  series: 'ser',
  session: 'ses',
  template: 'tpl',
  timelineEntry: 'tle',
  timeOff: 'tof',
  webhookEndpoint: 'whk',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const UUID_LENGTH = 36;
const DASH = '-'.charCodeAt(0);

/** Value of each hexadecimal digit by its character code, either case. */
const VALUE_OF_HEX = new Int8Array(128).fill(-1);
for (let value = 0; value < 16; value += 1) {
  VALUE_OF_HEX[value.toString(16).charCodeAt(0)] = value;
  VALUE_OF_HEX[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}
const SUFFIX_LENGTH = 26;

const VALUE_OF_CODE = new Int8Array(128).fill(-1);
for (let value = 0; value < ALPHABET.length; value += 1) {
  VALUE_OF_CODE[ALPHABET.charCodeAt(value)] = value;
}

const LETTERS_OF_TEN_BITS = Array.from(
  { length: 1024 },
  (_, value) => `${ALPHABET[value >>> 5]}${ALPHABET[value & 31]}`,
);

const RANDOM_BYTES_PER_ID = 10;
const pool = new Uint8Array(RANDOM_BYTES_PER_ID * 256);
let poolAt = pool.length;
let lastMs = 0;
let counter = 0;

/**
 * A new UUIDv7 (RFC 9562), greater than every one this process made before: within a millisecond, or when the clock goes
 * back, a 12-bit counter in rand_a rises (section 6.2, method 1). Ids are ordered by technical time, the machine's
 * clock; in a sandbox whose business time is shifted they say nothing about what is due.
 */
export function newId(): string {
  if (poolAt === pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  const random = pool.subarray(poolAt, poolAt + RANDOM_BYTES_PER_ID);
  poolAt += RANDOM_BYTES_PER_ID;

  const nowMs = technicalTimeMs();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    // The top bit starts at zero, so that a millisecond has room for at least 2048 ids.
    counter = ((byteAt(random, 8) << 8) | byteAt(random, 9)) & 0x7ff;
  } else if (counter === 0xfff) {
    lastMs += 1;
    counter = 0;
  } else {
    counter += 1;
  }

  const time = lastMs.toString(16).padStart(12, '0');
  const variant = ((byteAt(random, 0) & 0x3f) | 0x80).toString(16);
  const tail = Buffer.from(random.buffer, random.byteOffset + 1, 7).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex3(counter)}-${variant}${tail.slice(0, 2)}-${tail.slice(2)}`;
}

/**
 * The id shown outside, a TypeID (specification 0.3): "ses_01h455vb4pex5vsknk084sn02q".
 * @throws RangeError when the second argument is not a UUID
 */
export function publicId(kind: IdKind, uuid: string): string {
  // Two letters at a time: a page of a list shows a hundred ids.
  let suffix = '';
  // 26 letters hold 130 bits; the two in front are zero.
  let bits = 2;
  let held = 0;
  for (let at = 0; at < UUID_LENGTH; at += 1) {
    const code = uuid.charCodeAt(at);
    const isDash = code === DASH;
    const digit = isDash ? 0 : (VALUE_OF_HEX[code] ?? -1);
    if (digit < 0 || isDash !== (at === 8 || at === 13 || at === 18 || at === 23))
      throw new RangeError(`"${uuid}" is not a UUID`);
    if (isDash) continue;
    held = (held << 4) | digit;
    bits += 4;
    if (bits >= 10) {
      bits -= 10;
      suffix += LETTERS_OF_TEN_BITS[held >>> bits];
      held &= (1 << bits) - 1;
    }
  }
  return `${ID_PREFIXES[kind]}_${suffix}`;
}

/**
 * The UUID of a public id, or null if the text is not the one right spelling of an id of this kind: lower case, its
 * prefix, 26 letters of Crockford's alphabet, no more than 128 bits.
 */
export function parsePublicId(kind: IdKind, text: string): string | null {
  const start = ID_PREFIXES[kind].length + 1;
  if (text.length !== start + SUFFIX_LENGTH || !text.startsWith(`${ID_PREFIXES[kind]}_`)) return null;
  const bytes = Buffer.alloc(16);
  let written = 0;
  let bits = -2;
  let held = 0;
  for (let at = start; at < text.length; at += 1) {
    const value = VALUE_OF_CODE[text.charCodeAt(at)] ?? -1;
    if (value < 0 || (at === start && value > 7)) return null;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[written] = held >>> bits;
      written += 1;
      held &= (1 << bits) - 1;
    }
  }
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

function hex3(value: number): string {
  return value.toString(16).padStart(3, '0');
}
