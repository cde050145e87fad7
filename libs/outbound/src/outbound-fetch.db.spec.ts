import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test, type TestingModule } from '@nestjs/testing';
import { Database, DatabaseModule } from '@app/database';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { outboundFetch } from './outbound-fetch';

const SECRETS = [
  'sk_test_canary',
  'refresh-canary',
  'passcode-canary',
  'start-canary',
  'cookie-canary',
  'code-canary',
];
const ANSWER = {
  id: 1,
  join_url: 'https://zoom.test/j/1',
  start_url: 'https://zoom.test/s/1?zak=start-canary',
  settings: { password: 'passcode-canary' },
  list: [{ refresh_token: 'refresh-canary', token_type: 'bearer' }],
};

let testDatabase: TestDatabase;
let nest: TestingModule;
let server: Server;
let url: string;
let folder: string;
let calls = 0;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  nest = await Test.createTestingModule({
    imports: [await DatabaseModule.forRoot({ url: testDatabase.url, applicationName: 'test' })],
  }).compile();
  server = createServer((request, response) => {
    calls += 1;
    request.resume();
    if (request.url?.startsWith('/never') === true) return;
    response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'session=cookie-canary' });
    response.end(JSON.stringify(ANSWER));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), 'outbound-'));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await nest.close();
  await testDatabase.drop();
  rmSync(folder, { recursive: true });
});

describe('outboundFetch', () => {
  it('writes each call down as one line of JSON, with the names of secrets and without their values', async () => {
    const captureFile = join(folder, 'calls.jsonl');
    const call = outboundFetch({ provider: 'zoom', captureFile });
    const answer = await call(`${url}/oauth/token?code=code-canary&limit=1`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_canary' },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'refresh-canary' }),
    });
    // Who called still reads the whole answer.
    expect(await answer.json()).toEqual(ANSWER);
    await call(`${url}/v2/meetings`, {
      method: 'POST',
      body: JSON.stringify({ topic: 'x', password: 'passcode-canary' }),
    });

    const text = readFileSync(captureFile, 'utf8');
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    const [first, second] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(first).toMatchObject({
      provider: 'zoom',
      method: 'POST',
      path: '/oauth/token',
      query: { code: '[blanked]', limit: '1' },
      headers: { authorization: '[blanked]' },
      body: { grant_type: 'refresh_token', refresh_token: '[blanked]' },
      response: {
        status: 200,
        headers: { 'set-cookie': '[blanked]' },
        body: {
          join_url: 'https://zoom.test/j/1',
          start_url: '[blanked]',
          settings: { password: '[blanked]' },
          list: [{ refresh_token: '[blanked]', token_type: 'bearer' }],
        },
      },
    });
    expect(second).toMatchObject({ path: '/v2/meetings', body: { topic: 'x', password: '[blanked]' } });
  });

  it('makes no call inside a database transaction, and does after it', async () => {
    const call = outboundFetch({ provider: 'stripe' });
    const before = calls;
    const inside = nest.get(Database).transaction(() => call(`${url}/v1/refunds`));
    await expect(inside).rejects.toThrow('inside a database transaction');
    expect(calls).toBe(before);
    expect((await call(`${url}/v1/refunds`)).status).toBe(200);
  });

  it('gives up at its deadline, or when the caller does', async () => {
    const call = outboundFetch({ provider: 'stripe', timeoutMs: 50 });
    await expect(call(`${url}/never`)).rejects.toThrow(/timeout/i);
    const patient = outboundFetch({ provider: 'stripe' });
    await expect(patient(`${url}/never`, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/i);
  });
});
