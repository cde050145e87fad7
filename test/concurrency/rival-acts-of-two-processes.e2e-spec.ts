import { ensureBuilt } from '../support/processes';
import { Arena, isInTurn, type Race } from './arena';
import { NO_SHOW_RACES } from './no-show-races';
import { PROPOSAL_RACES, PROPOSING_RACE } from './proposal-races';
import { SERIES_RACES } from './series-races';

const ROUNDS = Number(process.env['RIVAL_ROUNDS'] ?? 1);

/** Rival acts by two api processes, each ordered pair started together (reliability.md G6). */
describe('rival acts through two api processes', () => {
  let arena: Arena;

  beforeAll(async () => {
    ensureBuilt();
    arena = await Arena.open('2027-02-20T09:00:00Z');
  }, 240_000);
  afterAll(() => arena.close());

  describe.each(PROPOSAL_RACES)('$title', (race) => raced(race));
  describe.each([PROPOSING_RACE])('$title', (race) => raced(race));
  describe.each(NO_SHOW_RACES)('$title', (race) => raced(race));
  describe.each(SERIES_RACES)('$title', (race) => raced(race));

  function raced<Prize>(race: Race<Prize>): void {
    const names = Object.keys(race.acts);
    const pairs = names
      .flatMap((first) => names.map((second): [string, string] => [first, second]))
      .filter(([first, second]) => race.isLeftOut?.(first, second) !== true);
    it.each(pairs)('%s, %s', async (first, second) => {
      const [one, other] = [race.acts[first], race.acts[second]];
      if (one === undefined || other === undefined) throw new Error('There is no such act.');
      const [url, otherUrl] = arena.urls;
      for (let round = 0; round < ROUNDS; round += 1) {
        const prize = await race.prepare(arena, [first, second]);
        const done = await Promise.all([one(arena, prize, url), other(arena, prize, otherUrl)]);
        // One wins, unless the second is lawful after the first.
        expect(done).toContain(true);
        if (!isInTurn(race, first, second)) expect(done).toContain(false);
        await arena.app.sweep();
        await race.after?.(arena, prize, done);
        expect(await arena.app.brokenInvariants()).toEqual([]);
      }
    });
  }
});
