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
  const faults = ports.flatMap((needed, index) => {
    const twin = ports.slice(0, index).find((other) => other.port === needed.port);
    return twin ? [`${needed.variable} and ${twin.variable} both ask for port ${needed.port}`] : [];
  });
  for (const needed of ports) {
    const code = await whyNot(needed);
    if (code !== undefined)
      faults.push(
        `port ${needed.port} (${needed.name}) ${sentence(code)}; choose another with ${needed.variable}`,
      );
  }
  if (faults.length === 0) return;
  const first = ports[0];
  throw new PortsTaken(
    `Not every port can be had:\n${faults.map((fault) => `  - ${fault}`).join('\n')}\n` +
      `Stop what uses them, or start with other ports, for example: ${first?.variable ?? 'PORT'}=${(first?.port ?? 3000) + 1000} npm start`,
  );
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
