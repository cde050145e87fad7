import { until } from '../http/until';
import type { Cast } from './cast';

/** Clara lets her coach charge a card for what she books. */
export async function saveClarasCard({ clients, practice, sandbox, signal }: Cast): Promise<void> {
  const { client } = clients.clara;
  const clientSecret = await until('a card can be saved', 30, signal, async () => {
    const setup = await client.post<{ clientSecret: string | null }>('/v1/payment-methods/setup', {
      acceptedText:
        'I agree that my coach may charge this card for sessions that I booked, under the accepted policy.',
      acceptedPolicyId: practice.policyId,
    });
    return setup.clientSecret ?? undefined;
  });
  await sandbox.saveCard(clientSecret);
  await until('the card is saved', 60, signal, async () => {
    const { data } = await client.peek<{ data: { id: string }[] }>('/v1/payment-methods');
    return data[0];
  });
}
