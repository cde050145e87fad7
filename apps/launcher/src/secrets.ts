import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const secretsSchema = z.object({
  ENCRYPTION_KEYS: z.string(),
  LINK_SECRET: z.string(),
  TOKEN_SIGNING_KEY: z.string(),
  METRICS_TOKEN: z.string(),
  STRIPE_WEBHOOK_SECRETS: z.string(),
  ZOOM_CLIENT_SECRET: z.string(),
  DEMO_PASSWORD: z.string(),
});

/** Secrets of one local installation. Tokens and private notes of its database can be read with them only. */
export type Secrets = z.infer<typeof secretsSchema>;

/**
 * The kept secrets, made at the first start.
 *
 * @param demoPassword for accounts that are still to be made; later starts keep the one that the accounts have
 * @throws Error when the file is there but cannot be used
 */
export function keptSecrets(file: string, demoPassword?: string): Secrets {
  if (existsSync(file)) {
    const kept = secretsSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (!kept.success) throw new Error(`${file} cannot be used. Start afresh with npm start -- --reset`);
    return kept.data;
  }
  const secrets: Secrets = {
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    LINK_SECRET: randomBytes(32).toString('hex'),
    TOKEN_SIGNING_KEY: randomBytes(32).toString('base64'),
    METRICS_TOKEN: randomBytes(24).toString('base64url'),
    STRIPE_WEBHOOK_SECRETS: `whsec_${randomBytes(24).toString('hex')}`,
    ZOOM_CLIENT_SECRET: randomBytes(24).toString('base64url'),
    DEMO_PASSWORD: demoPassword ?? speakablePassword(),
  };
  return write(file, secrets);
}

/** The same secrets with the password that demo accounts are about to be made with. */
export function withDemoPassword(file: string, secrets: Secrets, demoPassword: string): Secrets {
  return secrets.DEMO_PASSWORD === demoPassword
    ? secrets
    : write(file, { ...secrets, DEMO_PASSWORD: demoPassword });
}

function write(file: string, secrets: Secrets): Secrets {
  writeFileSync(`${file}.tmp`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
  return secrets;
}

/** 16 letters that are not mistaken for each other (79 bits), in groups. */
function speakablePassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const group = (): string => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}
