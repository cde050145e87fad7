import { hash, verify } from '@node-rs/argon2';
import { Invalid } from '@app/common';

/** OWASP's choice for argon2id, the library's default kind: 19 MiB, two passes, one lane. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export const SHORTEST_PASSWORD = 10;
export const LONGEST_PASSWORD = 128;

/** Hash of a random text nobody knows, with the same options: verifying it takes as long as a real one. */
const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$UTxItiyRweVo4QPNP7oR1g$R+5VOA/uXXSLp88sMvfo282TGmypRBWi/wnMSD8ct7Q';

/**
 * Length is what makes a password strong (NIST SP 800-63B-4); rules about digits and signs are not asked for.
 *
 * @throws Invalid `accounts.password_weak`
 */
export function assertPassword(password: string, email: string): void {
  const fault = faultOf(password, email);
  if (fault === undefined) return;
  throw new Invalid('accounts.password_weak', `The password ${fault}.`, {
    errors: [{ pointer: '/password', code: 'password_weak', detail: fault }],
  });
}

function faultOf(password: string, email: string): string | undefined {
  const length = Array.from(password).length;
  if (length < SHORTEST_PASSWORD) return `needs at least ${SHORTEST_PASSWORD} characters`;
  if (length > LONGEST_PASSWORD) return `has more than ${LONGEST_PASSWORD} characters`;
  if (password.toLowerCase() === email) return 'must not be the e-mail address';
  return undefined;
}

export function hashPassword(password: string): Promise<string> {
  return hash(oneSpelling(password), OPTIONS);
}

/** Whether the password is the hash's. Without a hash (no such account) it is never, after the same time. */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? NOBODYS_HASH, oneSpelling(password));
  return matches && passwordHash !== undefined;
}

/** Keyboards write "é" as one character or as two. */
function oneSpelling(password: string): string {
  return password.normalize('NFC');
}
