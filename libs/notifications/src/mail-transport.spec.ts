import { randomBytes } from 'node:crypto';
import { readConfig, sharedConfigSchema, type SharedConfig } from '@app/common';
import { SMTPServer } from 'smtp-server';
import { MailSettings } from './mail-settings';
import { MailRefused, MailTransport, type OutgoingMail } from './mail-transport';

const mail: OutgoingMail = {
  messageId: '<1@practice.example.test>',
  to: { name: 'Ben', address: 'ben@example.test' },
  subject: 'Hello',
  text: 'Hello',
  html: '<p>Hello</p>',
};

const refusal = (code: number | undefined): Error | null =>
  code === undefined ? null : Object.assign(new Error(`refused with ${code}`), { responseCode: code });

/** A server that refuses the stages with these codes; a stage without one passes. */
async function startServer(codes: {
  rcpt?: number;
  data?: number;
}): Promise<{ url: string; close(): Promise<void> }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onRcptTo: (_address, _session, callback) => callback(refusal(codes.rcpt)),
    onData: (stream, _session, callback) => {
      stream.resume();
      stream.on('end', () => callback(refusal(codes.data)));
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `smtp://127.0.0.1:${port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function configured(smtpUrl: string, from = 'Practice <practice@example.test>'): SharedConfig {
  return readConfig(sharedConfigSchema, {
    NODE_ENV: 'test',
    DATABASE_URL: 'postgres://127.0.0.1:9/none',
    PUBLIC_URL: 'https://practice.example.test/',
    SMTP_URL: smtpUrl,
    MAIL_FROM: from,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    TOKEN_SIGNING_KEY: randomBytes(32).toString('base64'),
    LINK_SECRET: randomBytes(32).toString('hex'),
    STRIPE_SECRET_KEY: 'sk_test_sandbox',
    STRIPE_WEBHOOK_SECRETS: 'whsec_test',
    ZOOM_CLIENT_ID: 'zoom-client',
    ZOOM_CLIENT_SECRET: 'zoom-secret',
    ZOOM_API_BASE: 'http://127.0.0.1:3902',
    ZOOM_OAUTH_BASE: 'http://127.0.0.1:3902',
  });
}

async function outcome(codes: Parameters<typeof startServer>[0]): Promise<unknown> {
  const server = await startServer(codes);
  const config = configured(server.url);
  const transport = new MailTransport(config, new MailSettings(config));
  try {
    return await transport.send(mail).then(
      () => 'sent',
      (error: unknown) => (error instanceof MailRefused ? 'refused' : 'later'),
    );
  } finally {
    transport.onModuleDestroy();
    await server.close();
  }
}

describe('MailTransport', () => {
  it.each([
    ['a server that takes it', {}, 'sent'],
    ['an unknown recipient', { rcpt: 550 }, 'refused'],
    ['a mail that is not wanted', { data: 554 }, 'refused'],
    ['a recipient to be tried later', { rcpt: 450 }, 'later'],
    ['a mail to be tried later', { data: 451 }, 'later'],
  ])('A168 tells apart %s', async (_, codes, expected) => {
    await expect(outcome(codes)).resolves.toBe(expected);
  });

  it('A168 a server that is not there is worth another try', async () => {
    const config = configured('smtp://127.0.0.1:9');
    const transport = new MailTransport(config, new MailSettings(config));
    await expect(transport.send(mail)).rejects.not.toBeInstanceOf(MailRefused);
    transport.onModuleDestroy();
  });
});

describe('MailSettings', () => {
  const settings = new MailSettings(configured('smtp://127.0.0.1:9'));

  it('A168 a mail has one name; sent again on purpose it has another', () => {
    expect(settings.messageId('0198')).toBe('<0198@practice.example.test>');
    expect(settings.messageId('0198', 3)).toBe('<0198.3@practice.example.test>');
  });

  it.each([
    ['https://us02web.zoom.us/j/1', true],
    ['https://zoom.us/j/1', true],
    ['https://meet.google.com/abc', true],
    ['https://practice.example.test/j/x', true],
    ['http://127.0.0.1:3902/j/1', true],
    ['http://127.0.0.1:3999/j/1', false],
    ['http://zoom.us/j/1', false],
    ['https://evilzoom.us/j/1', false],
    ['https://zoom.us.evil.example/j/1', false],
    ['javascript:alert(1)', false],
    ['', false],
  ])('A49 may link %s: %s', (url, allowed) => {
    expect(settings.mayLink(url)).toBe(allowed);
  });

  it('A81 refuses a sender without an address', () => {
    expect(() => new MailSettings(configured('smtp://127.0.0.1:9', 'Practice'))).toThrow('MAIL_FROM');
  });
});
