/** What names us in every calendar object (PRODID). */
export const PRODUCT = { company: 'Coaching practice', product: 'Sessions', language: 'EN' };
const UID = /^[\w.-]+@[\w.:[\]-]+$/;
const ADDRESS = /^[^\s@<>"',;:\\\p{Cc}]+@[^\s@<>"',;:\\\p{Cc}]+$/u;

/** @throws RangeError for what could break out of its line */
export function uid(text: string): string {
  if (!UID.test(text)) throw new RangeError('the UID holds more than letters, digits, dots and one @');
  return text;
}

/** In lower case. @throws RangeError */
export function address(text: string): string {
  if (!ADDRESS.test(text)) throw new RangeError('not an e-mail address');
  return text.toLowerCase();
}

/** A web address. @throws RangeError */
export function link(text: string): string {
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new RangeError('a link in an invitation is a web address');
  return url.href;
}
