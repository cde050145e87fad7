import { Invalid } from '@app/common';

const LONGEST = 35;

/** A BCP 47 tag in its canonical spelling ("de-at" → "de-AT"). @throws Invalid `accounts.locale_invalid` */
export function checkedLocale(tag: string): string {
  const canonical = tag.length <= LONGEST ? canonicalLocale(tag) : undefined;
  if (canonical !== undefined) return canonical;
  throw new Invalid('accounts.locale_invalid', 'The locale is not a language tag such as "en" or "de-AT".', {
    errors: [{ pointer: '/locale', code: 'locale', detail: 'must be a BCP 47 language tag' }],
  });
}

function canonicalLocale(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
