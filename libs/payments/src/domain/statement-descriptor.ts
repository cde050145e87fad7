/** Of what Stripe sets behind the platform's own name on a card's statement. */
const MOST_CHARACTERS = 22;
/** Card networks print plain Latin letters; Stripe refuses < > \ ' " *. */
const NOT_PRINTED = /[^A-Za-z0-9 .,&+\-/]/g;
const MARKS = /\p{Mark}/gu;

/**
 * What a client reads of their coach on the card's statement; undefined where nothing legal is left of the name, so that
 * the platform's name stands alone. Source: docs.stripe.com/get-started/account/statement-descriptors.
 */
export function descriptorSuffix(coachName: string): string | undefined {
  const plain = coachName
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replace(MARKS, '')
    .replace(NOT_PRINTED, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MOST_CHARACTERS)
    .trim();
  return /[A-Za-z]/.test(plain) ? plain : undefined;
}
