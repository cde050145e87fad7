/**
 * The currencies a coach can charge in: those Stripe accepts for charges and ISO 4217 lists.
 * Source: Stripe's "Supported currencies" page (presentment currencies, special cases, minimum charge amounts).
 */
export interface Currency {
  /** Digits of the minor unit in an amount sent to Stripe: 0 for JPY, 2 for USD, 3 for KWD. */
  readonly exponent: 0 | 2 | 3;
  /** Amounts charged or refunded are multiples of this many minor units. */
  readonly chargeStepMinor: number;
  /** The smallest amount that can be charged, in minor units. */
  readonly minimumChargeMinor: number;
}

const TWO_DECIMALS = `
  AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC
  CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR
  KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK
  PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS
  WST XCD XCG YER ZAR ZMW`;

/** MGA has a fifth as its minor unit in ISO 4217; Stripe takes whole ariary. */
const NO_DECIMALS = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF';

/** ISO 4217 says no decimals; Stripe takes them with two, both zero. */
const WHOLE_UNITS_WITH_TWO_DECIMALS = 'ISK UGX';

/** Stripe takes three decimals and refuses amounts whose last digit is not zero. */
const THREE_DECIMALS = 'BHD JOD KWD OMR TND';

/** Stripe's minimum per settlement currency, minor units. */
const STRIPE_MINIMUM_MINOR: ReadonlyMap<string, number> = new Map(
  Object.entries({
    AED: 200,
    AUD: 50,
    BGN: 100,
    BRL: 50,
    CAD: 50,
    CHF: 50,
    CZK: 1_500,
    DKK: 250,
    EUR: 50,
    GBP: 30,
    HKD: 400,
    HUF: 17_500,
    INR: 50,
    JPY: 50,
    MXN: 1_000,
    MYR: 200,
    NOK: 300,
    NZD: 50,
    PLN: 200,
    RON: 200,
    SEK: 300,
    SGD: 50,
    THB: 1_000,
    USD: 50,
  }),
);

function currenciesWith(
  codes: string,
  exponent: Currency['exponent'],
  chargeStepMinor: number,
): [string, Currency][] {
  const oneMajorUnit = 10 ** exponent;
  return codes
    .trim()
    .split(/\s+/)
    .map((code) => [
      code,
      {
        exponent,
        chargeStepMinor,
        // Stripe publishes no minimum for the rest: it converts to the currency of settlement and compares there.
        // One major unit refuses what is surely too little; Stripe's own refusal settles the rest.
        minimumChargeMinor: STRIPE_MINIMUM_MINOR.get(code) ?? oneMajorUnit,
      },
    ]);
}

/** By upper-case ISO 4217 code. */
export const CURRENCIES: ReadonlyMap<string, Currency> = new Map([
  ...currenciesWith(TWO_DECIMALS, 2, 1),
  ...currenciesWith(NO_DECIMALS, 0, 1),
  ...currenciesWith(WHOLE_UNITS_WITH_TWO_DECIMALS, 2, 100),
  ...currenciesWith(THREE_DECIMALS, 3, 10),
]);
