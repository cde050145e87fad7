import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { Clock, Unauthenticated } from '@app/common';
import { AccessTokens } from './access-tokens';

class MovableClock extends Clock {
  constructor(private at: Date) {
    super();
  }
  override now(): Promise<Date> {
    return Promise.resolve(this.at);
  }
  override real(): Date {
    return this.at;
  }
  advanceSeconds(seconds: number): void {
    this.at = new Date(this.at.getTime() + seconds * 1000);
  }
}

const ACCOUNT = '0190a1b2-0000-7000-8000-000000000001';

function start(): { clock: MovableClock; tokens: AccessTokens; seed: string } {
  const clock = new MovableClock(new Date('2026-03-28T09:00:00Z'));
  const seed = randomBytes(32).toString('base64');
  return { clock, seed, tokens: new AccessTokens({ TOKEN_SIGNING_KEY: seed }, clock) };
}

function part(token: string, index: number): Record<string, unknown> {
  const read: Record<string, unknown> = JSON.parse(
    Buffer.from(token.split('.')[index] ?? '', 'base64url').toString(),
  );
  return read;
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('AccessTokens', () => {
  it('names the account and its token version, and nothing else about it', async () => {
    const { tokens } = start();
    const token = await tokens.issue({ accountId: ACCOUNT, version: 3 });
    expect(part(token, 0)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
    expect(Object.keys(part(token, 1)).toSorted()).toEqual(['aud', 'exp', 'iat', 'iss', 'sub', 'ver']);
    await expect(tokens.verify(token)).resolves.toMatchObject({ accountId: ACCOUNT, version: 3 });
  });

  it('is good for 15 minutes, also when it was verified before', async () => {
    const { clock, tokens } = start();
    const token = await tokens.issue({ accountId: ACCOUNT, version: 1 });
    clock.advanceSeconds(899);
    await expect(tokens.verify(token)).resolves.toMatchObject({ accountId: ACCOUNT });
    clock.advanceSeconds(1);
    await expect(tokens.verify(token)).rejects.toThrow(Unauthenticated);
  });

  it('counts in every process that has the same key, and in no other', async () => {
    const { clock, tokens, seed } = start();
    const token = await tokens.issue({ accountId: ACCOUNT, version: 1 });
    await expect(new AccessTokens({ TOKEN_SIGNING_KEY: seed }, clock).verify(token)).resolves.toMatchObject({
      version: 1,
    });
    const other = new AccessTokens({ TOKEN_SIGNING_KEY: randomBytes(32).toString('base64') }, clock);
    await expect(other.verify(token)).rejects.toThrow(Unauthenticated);
  });

  it('refuses a token with any part changed', async () => {
    const { tokens } = start();
    const token = await tokens.issue({ accountId: ACCOUNT, version: 1 });
    await tokens.verify(token);
    const [header = '', payload = '', signature = ''] = token.split('.');
    const forged = [
      `${header}.${encoded({ ...part(token, 1), sub: '0190a1b2-0000-7000-8000-000000000002' })}.${signature}`,
      `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      `${encoded({ ...part(token, 0), alg: 'none' })}.${payload}.`,
      `${header}.${payload}`,
      `${token}.${'x'.repeat(3_000)}`,
      '',
    ];
    for (const text of forged) await expect(tokens.verify(text)).rejects.toThrow(Unauthenticated);
  });

  it('refuses another algorithm under our key id: the public key as an HMAC secret, a key of somebody else', async () => {
    const { tokens } = start();
    const token = await tokens.issue({ accountId: ACCOUNT, version: 1 });
    const [, payload = ''] = token.split('.');
    const hmacHead = `${encoded({ ...part(token, 0), alg: 'HS256' })}.${payload}`;
    const hmac = createHmac('sha256', String(part(token, 0)['kid']))
      .update(hmacHead)
      .digest('base64url');
    await expect(tokens.verify(`${hmacHead}.${hmac}`)).rejects.toThrow(Unauthenticated);
    const { privateKey } = generateKeyPairSync('ed25519');
    const head = `${encoded(part(token, 0))}.${payload}`;
    await expect(
      tokens.verify(`${head}.${sign(null, Buffer.from(head), privateKey).toString('base64url')}`),
    ).rejects.toThrow(Unauthenticated);
  });

  it.each([
    ['another type', { typ: 'JWT' }, {}],
    ['another audience', {}, { aud: 'somebody-else' }],
    ['another issuer', {}, { iss: 'somebody-else' }],
    ['a key id that is not ours', { kid: 'unknown' }, {}],
    ['no end', {}, { exp: undefined }],
    ['no account', {}, { sub: undefined }],
    ['a version that is no number', {}, { ver: '1' }],
  ])('refuses %s, even signed with our key', async (_, header, claims) => {
    const { clock, seed, tokens } = start();
    const good = await tokens.issue({ accountId: ACCOUNT, version: 1 });
    const privateKey = {
      key: Buffer.concat([
        Buffer.from('302e020100300506032b657004220420', 'hex'),
        Buffer.from(seed, 'base64'),
      ]),
      format: 'der',
      type: 'pkcs8',
    } as const;
    const signed = (head: object, body: object): string => {
      const text = `${encoded(head)}.${encoded(body)}`;
      return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
    };
    clock.advanceSeconds(1);
    await expect(tokens.verify(signed(part(good, 0), part(good, 1)))).resolves.toMatchObject({
      accountId: ACCOUNT,
    });
    await expect(
      tokens.verify(signed({ ...part(good, 0), ...header }, { ...part(good, 1), ...claims })),
    ).rejects.toThrow(Unauthenticated);
  });
});
