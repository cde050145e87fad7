import { createServer, type Server } from 'node:net';
import { freePort } from '@app/database';
import { launcherConfig } from './config';
import { assertPortsFree, neededPorts, PortsTaken, type NeededPort } from './ports';

function needed(variable: string, port: number): NeededPort {
  return { name: variable.toLowerCase(), variable, host: '127.0.0.1', port };
}

describe('ports', () => {
  const servers: Server[] = [];

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
  });

  async function takenPort(): Promise<number> {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  it('are the documented ones unless told otherwise', () => {
    expect(neededPorts(launcherConfig({})).map(({ variable, port }) => `${variable} ${port}`)).toEqual([
      'PORT 3000',
      'WORKER_PORT 3001',
      'SANDBOX_CONSOLE_PORT 3900',
      'SANDBOX_STRIPE_PORT 3901',
      'SANDBOX_ZOOM_PORT 3902',
      'SMTP_PORT 1025',
    ]);
    expect(neededPorts(launcherConfig({ SMTP_PORT: '2525' })).at(-1)?.port).toBe(2525);
  });

  it('pass when all are free, and stay free', async () => {
    const free = needed('PORT', await freePort());
    await expect(assertPortsFree([free])).resolves.toBeUndefined();
    await expect(assertPortsFree([free])).resolves.toBeUndefined();
  });

  it('in use are all named, with their variables and a way out', async () => {
    const [first, second] = [await takenPort(), await takenPort()];
    const looking = assertPortsFree([
      needed('PORT', first),
      needed('WORKER_PORT', await freePort()),
      needed('SMTP_PORT', second),
    ]);
    await expect(looking).rejects.toThrow(PortsTaken);
    const message = await looking.catch((error: Error) => error.message);
    expect(message).toContain(`port ${first} (port) is in use by another program; choose another with PORT`);
    expect(message).toContain(
      `port ${second} (smtp_port) is in use by another program; choose another with SMTP_PORT`,
    );
    expect(message).not.toContain('WORKER_PORT');
    expect(message).toMatch(/PORT=\d+ npm start/);
  });

  it('asked for twice are refused before anything starts', async () => {
    const port = await freePort();
    await expect(assertPortsFree([needed('PORT', port), needed('SMTP_PORT', port)])).rejects.toThrow(
      `SMTP_PORT and PORT both ask for port ${port}`,
    );
  });
});
