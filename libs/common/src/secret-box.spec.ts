import { randomBytes } from 'node:crypto';
import { SecretBox } from './secret-box';

const key = (): string => randomBytes(32).toString('base64');

describe('SecretBox', () => {
  it('opens what it sealed, and never seals the same text alike', () => {
    const box = new SecretBox(`k1:${key()}`);
    const [first, second] = [box.seal('Grüße', 'note 1'), box.seal('Grüße', 'note 1')];
    expect(box.open(first, 'note 1')).toBe('Grüße');
    expect(box.open(box.seal('', 'note 1'), 'note 1')).toBe('');
    expect(first.ciphertext.equals(second.ciphertext)).toBe(false);
    expect(first.ciphertext.includes('Grüße')).toBe(false);
  });

  it('opens nothing in another place, nothing that was changed, and nothing under another key', () => {
    const box = new SecretBox(`k1:${key()}`);
    const sealed = box.seal('for the coach alone', 'coach A, note 1');
    expect(() => box.open(sealed, 'coach B, note 1')).toThrow('authenticate');
    for (const at of [0, 12, 28]) {
      const ciphertext = Buffer.from(sealed.ciphertext);
      ciphertext[at] = (ciphertext[at] ?? 0) ^ 1;
      expect(() => box.open({ ...sealed, ciphertext }, 'coach A, note 1')).toThrow('authenticate');
    }
    expect(() => new SecretBox(`k1:${key()}`).open(sealed, 'coach A, note 1')).toThrow('authenticate');
  });

  it('does not take a shortened tag', () => {
    const box = new SecretBox(`k1:${key()}`);
    const { ciphertext, keyId } = box.seal('', 'x');
    expect(() => box.open({ ciphertext: ciphertext.subarray(0, 12 + 4), keyId }, 'x')).toThrow('tag length');
  });

  it('seals with the first key of the ring and opens with each', () => {
    const [old, fresh] = [key(), key()];
    const sealed = new SecretBox(`k1:${old}`).seal('text', 'x');
    const rotated = new SecretBox(`k2:${fresh},k1:${old}`);
    expect(rotated.open(sealed, 'x')).toBe('text');
    expect(rotated.seal('text', 'x').keyId).toBe('k2');
    expect(() => new SecretBox(`k2:${fresh}`).open(sealed, 'x')).toThrow('"k1"');
  });

  it.each(['', 'k1', 'k1:', `:${'A'.repeat(43)}=`, 'k1:c2hvcnQ=', `k1:${'A'.repeat(43)}=,k2:c2hvcnQ=`])(
    'takes no ring like "%s"',
    (ring) => {
      expect(() => new SecretBox(ring)).toThrow('32 bytes');
    },
  );
});
