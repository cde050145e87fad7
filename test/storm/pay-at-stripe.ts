import type { Random } from '../support/random';

/** What the client's browser does with a client secret: card or bank, sometimes declined. @returns the status of the answer */
export async function payAtStripe(consoleUrl: string, clientSecret: string, random: Random): Promise<number> {
  const paymentMethod = random.weighted({
    pm_card_visa: 8,
    pm_card_chargeDeclined: 1,
    pm_sandbox_processing: 1,
  });
  const intentId = clientSecret.split('_secret_')[0];
  const answer = await fetch(`${consoleUrl}/sandbox/stripe/payment-intents/${intentId}/confirm`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ paymentMethod }),
  });
  await answer.text();
  return answer.status;
}
