import { createServer } from 'node:net';
import type { LauncherConfig } from './config';

export interface NeededPort {
  /** Who listens there, as people know it. */
  name: string;
  /** Environment variable that chooses another one. */
  variable: string;
  host: string;
  port: number;
}

/** A port cannot be had; the message names each one, its variable and the way out. */
export class PortsTaken extends Error {}

export function neededPorts(config: LauncherConfig): NeededPort[] {
  const { HOST: host } = config;
  return [
    { name: 'api', variable: 'PORT', host, port: config.PORT },
    { name: 'worker', variable: 'WORKER_PORT', host: '127.0.0.1', port: config.WORKER_PORT },
    { name: 'sandbox console', variable: 'SANDBOX_CONSOLE_PORT', host, port: config.SANDBOX_CONSOLE_PORT },
    { name: 'sandbox Stripe', variable: 'SANDBOX_STRIPE_PORT', host, port: config.SANDBOX_STRIPE_PORT },
    { name: 'sandbox Zoom', variable: 'SANDBOX_ZOOM_PORT', host, port: config.SANDBOX_ZOOM_PORT },
    { name: 'sandbox mail', variable: 'SMTP_PORT', host, port: config.SMTP_PORT },
  ];
}

/**
 * Looks at all ports before anything is started.
 *
 * @throws PortsTaken that lists every port in use, asked for twice, or forbidden
 */
export async function assertPortsFree(ports: NeededPort[]): Promise<void> {
  const faults: { needed: NeededPort; what: string }[] = [];
  for (const [index, needed] of ports.entries()) {
    const twin = ports.slice(0, index).find(({ port }) => port === needed.port);
    const code = twin === undefined ? await whyNot(needed) : undefined;
    if (twin)
      faults.push({
        needed,
        what: `${needed.variable} and ${twin.variable} both ask for port ${needed.port}`,
      });
    if (code !== undefined) {
      const what = `port ${needed.port} (${needed.name}) ${sentence(code)}; choose another with ${needed.variable}`;
      faults.push({ needed, what });
    }
  }
  const first = faults[0]?.needed;
  if (first === undefined) return;
  throw new PortsTaken(
    `Not every port can be had:\n${faults.map(({ what }) => `  - ${what}`).join('\n')}\n` +
      `Stop what uses them, or start with others, for example: ${first.variable}=${elsewhere(first.port)} npm start`,
  );
}

function elsewhere(port: number): number {
  return port > 60_000 ? port - 10_000 : port + 1_000;
}

function sentence(code: string): string {
  if (code === 'EADDRINUSE') return 'is in use by another program';
  if (code === 'EACCES') return 'needs more rights than you have';
  return `cannot be listened on (${code})`;
}

/** The error code of trying to listen there; undefined when it works. */
async function whyNot({ host, port }: NeededPort): Promise<string | undefined> {
  const probe = createServer();
  try {
    await new Promise<void>((done, fail) =>
      probe.once('error', fail).listen({ host, port, exclusive: true }, done),
    );
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    await new Promise((done) => probe.close(done));
  }
}
