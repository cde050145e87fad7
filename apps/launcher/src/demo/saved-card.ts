import { until } from '../http/until';
import type { Cast } from './cast';
import type { ClientName } from './people';

/** A client lets the coach charge a card for what they book. @returns the card's id */
export async function saveCard(
  { clients, practice, sandbox, signal }: Cast,
  name: ClientName,
): Promise<string> {
  const { client } = clients[name];
  const clientSecret = await until('a card can be saved', 30, signal, async () => {
    const setup = await client.post<{ clientSecret: string | null }>('/v1/payment-methods/setup', {
      acceptedText:
        'I agree that my coach may charge this card for sessions that I booked, under the accepted policy.',
      acceptedPolicyId: practice.policyId,
    });
    return setup.clientSecret ?? undefined;
  });
  await sandbox.saveCard(clientSecret);
  const card = await until('the card is saved', 60, signal, async () => {
    const { data } = await client.peek<{ data: { id: string }[] }>('/v1/payment-methods');
    return data[0];
  });
  return card.id;
}
