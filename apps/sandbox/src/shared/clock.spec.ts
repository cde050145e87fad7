import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { startSandbox } from '../sandbox';
import { control } from '../testing';

interface Reading {
  offsetSeconds: number;
  now: string;
}

const secondsFromNow = (reading: Reading) => (Date.parse(reading.now) - Date.now()) / 1_000;

const run = async <Row extends object>(url: string, text: string): Promise<Row[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
};

describe('the clock', () => {
  it('moves forward by whole seconds and by nothing else', async () => {
    const sandbox = await startSandbox();
    for (const seconds of [0, -5, 1.5, '60', null]) {
      expect((await control(sandbox, 'POST', 'clock/advance', { seconds })).status).toBe(400);
    }
    expect((await control(sandbox, 'POST', 'clock/advance', {})).status).toBe(400);
    const advanced = await control(sandbox, 'POST', 'clock/advance', { seconds: 86_400 });
    expect(advanced).toMatchObject({ status: 200, body: { offsetSeconds: 86_400 } });
    expect(secondsFromNow(advanced.body as Reading)).toBeCloseTo(86_400, 0);
    expect((await control(sandbox, 'GET', 'clock')).body).toMatchObject({ offsetSeconds: 86_400 });
    await sandbox.close();
  });
});

describe('the clock with a database', () => {
  const name = `sandbox_clock_${randomBytes(6).toString('hex')}`;
  const serverUrl = process.env['TEST_DATABASE_URL'] ?? '';
  let databaseUrl: string;

  beforeAll(async () => {
    await run(serverUrl, `create database ${name}`);
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    databaseUrl = url.href;
  });

  afterAll(() => run(serverUrl, `drop database ${name} with (force)`));

  it('does not start before the migrations made its table', async () => {
    await expect(startSandbox({ databaseUrl })).rejects.toThrow('clock_offset');
  });

  it('is the row that api and worker read, in both directions', async () => {
    await run(
      databaseUrl,
      'create table clock_offset (only_row boolean primary key, seconds bigint not null)',
    );
    await run(databaseUrl, 'insert into clock_offset values (true, 3600)');
    const sandbox = await startSandbox({ databaseUrl });
    expect((await control(sandbox, 'GET', 'clock')).body).toMatchObject({ offsetSeconds: 3_600 });
    await sandbox.advanceClock(60);
    expect(await run(databaseUrl, 'select seconds::int from clock_offset')).toEqual([{ seconds: 3_660 }]);

    await run(databaseUrl, 'update clock_offset set seconds = 7200');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await control(sandbox, 'GET', 'clock')).body).toMatchObject({ offsetSeconds: 7_200 });
    await sandbox.close();
  });
});
