import { invalidRequest } from './stripe-error';

/** Smallest charge per currency, minor units (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). */
const MINIMUM_CHARGES: Record<string, number> = {
  aed: 200,
  aud: 50,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1_500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  inr: 50,
  jpy: 50,
  mxn: 1_000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1_000,
  usd: 50,
};

/** Amounts must be multiples of this: Stripe has no last digit for these (docs.stripe.com/currencies#special-cases). */
const CHARGE_STEPS: Record<string, number> = {
  bhd: 10,
  jod: 10,
  kwd: 10,
  omr: 10,
  tnd: 10,
  isk: 100,
  ugx: 100,
};

const KNOWN = new Set(Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()));

/**
 * The currency in Stripe's lower case.
 *
 * @throws StripeError 400 for an unknown currency, an amount below the minimum or off the currency's step
 */
export function chargeableCurrency(currency: string, amountMinor: number): string {
  const code = currency.toLowerCase();
  if (!KNOWN.has(code)) throw invalidRequest(`Invalid currency: ${currency}.`, 'currency');
  const step = CHARGE_STEPS[code] ?? 1;
  if (amountMinor % step !== 0) {
    throw invalidRequest(
      `Amounts in ${code} must be divisible by ${step}.`,
      'amount',
      'parameter_invalid_integer',
    );
  }
  if (amountMinor < (MINIMUM_CHARGES[code] ?? 1)) {
    throw invalidRequest('Amount must convert to at least the minimum charge.', 'amount', 'amount_too_small');
  }
  return code;
}

/** `12.50 USD` for a person; the exponent is the currency's own. */
export function formatMinor(minor: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency, currencyDisplay: 'code' });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}
