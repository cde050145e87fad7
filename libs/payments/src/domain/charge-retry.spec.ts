import { afterRefusal, MOST_ATTEMPTS } from './charge-retry';

describe('what follows a refused charge', () => {
  it('asks the card four times in all, with growing pauses', () => {
    const hours = [1, 2, 3].map((attempts) => {
      const next = afterRefusal('insufficient_funds', attempts);
      return next.state === 'planned' ? next.afterMs / 3_600_000 : next.state;
    });
    expect(hours).toEqual([6, 24, 72]);
    expect(afterRefusal('insufficient_funds', MOST_ATTEMPTS)).toEqual({ state: 'given_up' });
    expect(afterRefusal('insufficient_funds', MOST_ATTEMPTS + 1)).toEqual({ state: 'given_up' });
  });

  it.each(['stolen_card', 'expired_card', 'no_saved_card', 'amount_too_small'])(
    'does not ask again after %s',
    (code) => {
      expect(afterRefusal(code, 1)).toEqual({ state: 'given_up' });
    },
  );

  it('leaves what needs the client to the client, however often it was tried', () => {
    for (const attempts of [1, 4, 9])
      expect(afterRefusal('authentication_required', attempts)).toEqual({ state: 'needs_action' });
  });
});
