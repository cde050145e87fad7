import { Invalid } from '@app/common';

const ADDRESS = /^[!-?A-~]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;
const LONGEST = 254;

/** The spelling under which an e-mail address is stored and compared: lower case, no blanks around it. */
export function normalEmail(text: string): string {
  return text.trim().toLowerCase();
}

/** Whether an account could have this address, in its stored spelling. */
export function isEmail(email: string): boolean {
  return email.length <= LONGEST && ADDRESS.test(email);
}

/**
 * A new address, checked and in its stored spelling. Letters outside ASCII are refused: the mail servers of
 * recipients seldom take them (RFC 6531), and lower case must mean the same here and in PostgreSQL.
 *
 * @throws Invalid `accounts.email_invalid`
 */
export function checkedEmail(text: string): string {
  const email = normalEmail(text);
  if (isEmail(email)) return email;
  throw new Invalid('accounts.email_invalid', 'This is not an e-mail address.', {
    errors: [
      {
        pointer: '/email',
        code: 'email',
        detail: 'must be an e-mail address of at most 254 ASCII characters',
      },
    ],
  });
}
