import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { callbackify } from 'node:util';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { SandboxClock } from '../shared/clock';
import type { FaultPlan } from '../shared/faults';
import type { Mailbox } from './mailbox';

const LARGEST_MAIL_BYTES = 25 * 1_048_576;

export interface SmtpSink {
  /** For example `smtp://127.0.0.1:1025`. */
  url: string;
  close(): Promise<void>;
}

/**
 * Takes any mail from anybody, with or without a login, and puts it into the mailbox. Faults of provider `smtp`
 * (operation `DATA`): `rate_limit` and `server_error` answer 451; `reset` cuts before the mail is kept,
 * `timeout_after_commit` after it was kept and before the 250.
 */
export async function startSmtpSink(
  mailbox: Mailbox,
  clock: SandboxClock,
  faults: FaultPlan,
  host: string,
  port: number,
): Promise<SmtpSink> {
  const sockets = new Map<string, Socket>();
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    size: LARGEST_MAIL_BYTES,
    onAuth: (auth, _session, callback) => callback(null, { user: auth.username ?? 'anybody' }),
    onData: callbackify(receive),
  });

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const raw = await readAll(stream);
    if (stream.sizeExceeded) throw refusal(552, 'message exceeds the size limit');
    const fault = faults.forCall('smtp', 'DATA', keyOf(raw));
    if (fault?.kind === 'rate_limit' || fault?.kind === 'server_error') {
      throw refusal(451, '4.3.0 temporary failure (sandbox fault), try again later');
    }
    if (fault?.kind === 'slow') await sleep(fault.delayMs, undefined, { ref: false });
    const cut = () => sockets.get(`${session.remoteAddress}:${session.remotePort}`)?.destroy();
    if (fault?.kind === 'reset') {
      cut();
      return;
    }
    await clock.refresh();
    await mailbox.receive(
      raw,
      session.envelope.rcptTo.map((recipient) => recipient.address),
      clock.nowIso(),
    );
    if (fault?.kind === 'timeout_after_commit') cut();
  }

  server.server.on('connection', (socket: Socket) => {
    const name = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(name, socket);
    socket.once('close', () => sockets.delete(name));
  });
  // A client that goes away in the middle is its own affair; a server that cannot listen is not.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET') console.error(`sandbox smtp: ${error.message}`);
  });
  const address = server.server.address();
  const actualPort = typeof address === 'object' && address ? address.port : port;
  return {
    url: `smtp://${host}:${actualPort}`,
    close: async () => {
      for (const socket of sockets.values()) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function readAll(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A mail is known by its Message-ID, which a repeated one keeps. */
function keyOf(raw: Buffer): string {
  const messageId = /^message-id:\s*(\S+)/im.exec(raw.subarray(0, 16_384).toString('latin1'))?.[1];
  return messageId ?? createHash('sha256').update(raw).digest('hex');
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
