import { Invalid, singleLine } from '@app/common';

const LONGEST = 120;

/** A name on one line. @throws Invalid `offerings.name_invalid` when nothing is left of it, or too much */
export function checkedName(text: string): string {
  const name = singleLine(text);
  if (name.length >= 1 && name.length <= LONGEST) return name;
  const detail = `A name has 1 to ${LONGEST} characters.`;
  throw new Invalid('offerings.name_invalid', detail, {
    errors: [{ pointer: '/name', code: 'offerings.name_invalid', detail }],
  });
}
