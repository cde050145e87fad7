import { Invalid } from '@app/common';
import { assertPassword, hashPassword, verifyPassword } from './passwords';

describe('passwords', () => {
  it.each([
    ['nine signs', '123456789', 'needs at least 10 characters'],
    ['nine emoji, though 18 code units', '🦊'.repeat(9), 'needs at least 10 characters'],
    ['129 signs', 'x'.repeat(129), 'has more than 128 characters'],
    ['the e-mail itself', 'Robin@Example.test', 'must not be the e-mail address'],
  ])('refuses %s', (_, password, reason) => {
    expect(() => assertPassword(password, 'robin@example.test')).toThrow(Invalid);
    expect(() => assertPassword(password, 'robin@example.test')).toThrow(reason);
  });

  it.each([
    ['ten signs', '1234567890'],
    ['128 signs', 'x'.repeat(128)],
    ['ten emoji', '🦊'.repeat(10)],
  ])('takes %s', (_, password) => {
    expect(() => assertPassword(password, 'robin@example.test')).not.toThrow();
  });

  it('hashes with argon2id, 19 MiB, two passes, and a salt of its own each time', async () => {
    const [one, other] = await Promise.all([
      hashPassword('correct horse battery'),
      hashPassword('correct horse battery'),
    ]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
  });

  it('verifies the same text whichever way its accents were typed', async () => {
    const hash = await hashPassword('cafe\u0301 au lait, s\u2019il vous plai\u0302t');
    await expect(verifyPassword(hash, 'caf\u00e9 au lait, s\u2019il vous pla\u00eet')).resolves.toBe(true);
    await expect(verifyPassword(hash, 'cafe au lait, s\u2019il vous plait')).resolves.toBe(false);
  });

  it('matches nobody without a hash, and takes about as long as with one', async () => {
    const hash = await hashPassword('correct horse battery');
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 15; round += 1) {
      known.push(await timeOf(() => verifyPassword(hash, 'wrong password')));
      unknown.push(await timeOf(() => verifyPassword(undefined, 'wrong password')));
    }
    const ratio = median(unknown) / median(known);
    await expect(verifyPassword(undefined, 'correct horse battery')).resolves.toBe(false);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });
});

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function median(times: number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
