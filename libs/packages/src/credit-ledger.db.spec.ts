import { Random } from '../../../test/support/random';
import { Comparison } from './credit-ledger.test-world';
import { PackagesWorld } from './packages.test-world';

const ACTS = Number(process.env['CREDIT_ACTS'] ?? 2_000);
const SEED = Number(process.env['CREDIT_SEED'] ?? Math.floor(Math.random() * 1_000_000));
const CHECK_EVERY = 50;
/** The invariants look at everything that was ever done. */
const CHECK_INVARIANTS_EVERY = 500;
/** Then a practice of its own begins: a model is compared as a whole. */
const ACTS_OF_A_PRACTICE = 2_000;

describe('the ledger of credits', () => {
  let world: PackagesWorld;

  beforeAll(async () => {
    world = await PackagesWorld.start();
  });
  afterAll(() => world.close());

  it(
    `A120 holds what a model of it holds, places and revenue too, through ${ACTS} random acts (CREDIT_SEED=${SEED})`,
    async () => {
      const random = new Random(SEED);
      let drawn = 0;
      for (let done = 0; done < ACTS; done += ACTS_OF_A_PRACTICE) {
        await world.setTime('2027-01-04T11:00:00Z');
        const run = new Comparison(world, await world.practice(), random);
        await run.buy();
        for (let act = 1; act <= Math.min(ACTS - done, ACTS_OF_A_PRACTICE); act += 1) {
          await run.act();
          if (act % CHECK_EVERY === 0) await run.check();
          if (act % CHECK_INVARIANTS_EVERY === 0) expect(await world.brokenInvariants()).toEqual([]);
        }
        await run.check();
        drawn += run.drawn.length;
      }
      expect(await world.brokenInvariants()).toEqual([]);
      expect(drawn).toBeGreaterThan(ACTS / 20);
    },
    60_000 + ACTS * 40,
  );
});
