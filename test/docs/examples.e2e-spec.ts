import { DemoApp } from '../support/demo';
import { DemoExamples, REASONS } from '../support/demo-examples';

const HOUR_MS = 3_600_000;
const HOURS_OF_A_WEEK = 168;
/** The coach of the demo lives in Berlin, where the clocks change on Sunday, 29 March. */
const WEEK_BEGINS = Date.parse('2026-03-26T00:05:00Z');
/** A Monday afternoon, when few times of a day are left; a Wednesday, whose series meets both absences. */
const FEW_TIMES_LEFT = ['2026-11-23T14:05:00Z', '2026-04-01T00:05:00Z'];

/** Moments at which somebody may start the demo; every so many hours of a week if told so. */
function moments(): string[] {
  const step = Number(process.env['DEMO_EVERY_HOURS'] ?? 0);
  if (step === 0) return FEW_TIMES_LEFT;
  return Array.from({ length: Math.ceil(HOURS_OF_A_WEEK / step) }, (_, place) =>
    new Date(WEEK_BEGINS + place * step * HOUR_MS).toISOString(),
  );
}

describe("the examples of the document, against the demo's data", () => {
  let demo: DemoApp | undefined;

  afterEach(async () => {
    await demo?.stop();
    demo = undefined;
  });

  it.each(moments())(
    'run as they stand, but for those with a reason, when it is %s',
    async (present) => {
      demo = await DemoApp.start(new Date(present));
      const refused = await (await DemoExamples.of(demo)).refused();
      expect([...refused].filter(([id]) => !REASONS.has(id))).toEqual([]);
      // A reason that is none any more leaves the list.
      expect([...REASONS.keys()].filter((id) => !refused.has(id))).toEqual([]);
      expect(await demo.app.brokenInvariants()).toEqual([]);
    },
    120_000,
  );
});
