export class MoneyView {
  /**
   * Minor units of the currency (cents; whole yen)
   * @example 9000
   */
  amount: number;

  /**
   * ISO 4217
   * @example EUR
   */
  currency: string;
}
