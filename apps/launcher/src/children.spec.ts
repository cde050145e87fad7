import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@app/database';
import { Children, ChildFailed, type Program } from './children';

/** Answers 200 on PORT; appends to TRACE when it is asked to stop. */
const GOOD = `
  const { appendFileSync } = require('node:fs');
  const server = require('node:http').createServer((_, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
  process.on('SIGTERM', () => { appendFileSync(process.env.TRACE, process.env.NAME + '\\n'); server.close(() => process.exit(0)); server.closeAllConnections(); });
  if (process.env.DIES_AFTER_MS) setTimeout(() => { console.log('no more strength'); process.exit(3); }, Number(process.env.DIES_AFTER_MS));
`;
const BAD = `console.error('PORT: is missing'); process.exit(1);`;
const SLOW = `setInterval(() => undefined, 1000);`;

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

describe('children', () => {
  let root: string;
  let children: Children;
  let deaths: ChildFailed[];
  const never = new AbortController().signal;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'launcher-children-'));
    deaths = [];
    children = new Children(join(root, 'logs'), (failure) => deaths.push(failure));
  });
  afterEach(async () => {
    children.kill();
    await children.stop(['one', 'two']);
    rmSync(root, { recursive: true, force: true });
  });

  async function program(name: string, source: string, more: Record<string, string> = {}): Promise<Program> {
    const port = await freePort();
    const file = join(root, `${name}.js`);
    writeFileSync(file, source);
    return {
      name,
      file,
      environment: { PORT: String(port), NAME: name, TRACE: join(root, 'trace'), ...more },
      readyUrl: `http://127.0.0.1:${port}/`,
    };
  }

  it('are ready when start returns and gone when stop returns, each by its own consent', async () => {
    const [one, two] = [await program('one', GOOD), await program('two', GOOD)];
    await Promise.all([children.start(one, never), children.start(two, never)]);
    expect(await answers(one.readyUrl)).toBe(true);
    await children.stop(['one', 'two']);
    expect(await answers(one.readyUrl)).toBe(false);
    expect(await answers(two.readyUrl)).toBe(false);
    expect(existsSync(join(root, 'trace'))).toBe(true);
    expect(deaths).toEqual([]);
  });

  it('that end while starting fail with the end of their log', async () => {
    await expect(children.start(await program('one', BAD), never)).rejects.toThrow(
      /PORT: is missing[^]*one ended while starting \(exit code 1\)/,
    );
  });

  it('that end by themselves are reported once, with the end of their log', async () => {
    await children.start(await program('one', GOOD, { DIES_AFTER_MS: '600' }), never);
    for (let tries = 0; deaths.length === 0 && tries < 100; tries += 1) await delay(50);
    expect(deaths.map(({ message }) => message)).toEqual([
      expect.stringMatching(/no more strength[^]*one has ended by itself \(exit code 3\)/),
    ]);
  });

  it('that are still starting when the system is stopped are stopped, too', async () => {
    const stopping = new AbortController();
    const starting = children.start(await program('one', SLOW), stopping.signal);
    setTimeout(() => stopping.abort(new Error('asked to')), 300);
    await expect(starting).rejects.toThrow('asked to');
    await children.stop(['one']);
    expect(deaths).toEqual([]);
  });
});
