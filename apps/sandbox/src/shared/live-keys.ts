const LIVE_KEY = /\b(?:sk|rk|pk)_live_/;

/** True when the text carries a key of a real Stripe account; the sandbox refuses those wherever they appear. */
export function containsLiveKey(text: string): boolean {
  return LIVE_KEY.test(text);
}
