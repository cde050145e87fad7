import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Sealed {
  ciphertext: Buffer;
  keyId: string;
}

/**
 * AES-256-GCM with a ring of keys. The context (owner, record, column) is authenticated with the text, so a
 * ciphertext that is moved to another row does not open (reliability.md R27).
 */
export class SecretBox {
  private readonly keys: Map<string, Buffer>;
  private readonly currentKeyId: string;

  /** @param keyRing `id:base64,id:base64`; the first key encrypts, all decrypt */
  constructor(keyRing: string) {
    const entries = keyRing.split(',').map((entry): [string, Buffer] => {
      const [id = '', key = ''] = entry.split(':');
      return [id, Buffer.from(key, 'base64')];
    });
    const [first] = entries;
    if (first === undefined || entries.some(([id, key]) => id === '' || key.length !== 32)) {
      throw new Error('The key ring needs keys of 32 bytes, each with an id.');
    }
    this.keys = new Map(entries);
    this.currentKeyId = first[0];
  }

  seal(text: string, context: string): Sealed {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key(this.currentKeyId), nonce);
    cipher.setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return { ciphertext: Buffer.concat([nonce, cipher.getAuthTag(), body]), keyId: this.currentKeyId };
  }

  /** @throws Error when the key is unknown, or text or context were changed */
  open(sealed: Sealed, context: string): string {
    const { ciphertext } = sealed;
    const decipher = createDecipheriv(
      'aes-256-gcm',
      this.key(sealed.keyId),
      ciphertext.subarray(0, NONCE_BYTES),
      // Else a tag of four bytes would do, which can be guessed.
      { authTagLength: TAG_BYTES },
    );
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(ciphertext.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([
      decipher.update(ciphertext.subarray(NONCE_BYTES + TAG_BYTES)),
      decipher.final(),
    ]).toString('utf8');
  }

  private key(id: string): Buffer {
    const key = this.keys.get(id);
    if (key === undefined) throw new Error(`The key ring has no key "${id}".`);
    return key;
  }
}
