import { Invalid, singleLine } from '@app/common';

const LONGEST = 200;

/** A person's name on one line. @throws Invalid `accounts.name_invalid` when nothing is left, or too much */
export function checkedName(text: string): string {
  const name = singleLine(text);
  if (name !== '' && Array.from(name).length <= LONGEST) return name;
  throw new Invalid('accounts.name_invalid', `A name has 1 to ${LONGEST} characters.`, {
    errors: [
      { pointer: '/displayName', code: 'display_name', detail: `must have 1 to ${LONGEST} characters` },
    ],
  });
}
