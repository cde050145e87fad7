import { EVENT_ROUTES } from '../../apps/worker/src/event-routes';
import { JOBS } from '../../apps/worker/src/jobs';
import { sourceFiles } from '../support/source-files';

const EVENT_FILES = sourceFiles('libs/*/src/*.events.ts');

/** Every event type that a module's `*.events.ts` can build: named in full, or put behind the module's name. */
function announcedBy({ path, text }: { path: string; text: string }): string[] {
  const module = path.split('/')[1] ?? '';
  const inFull = [...text.matchAll(/'([a-z]+\.[a-z_]+)'/g)].map(([, type]) => type ?? '');
  const isPrefixed = text.includes(`\`${module}.\${`);
  const names = isPrefixed
    ? [...text.matchAll(/(?<!\[)'([a-z]+(?:_[a-z]+)*)'/g)].map(([, name]) => name ?? '')
    : [];
  // Other quoted words stand there only as keys of types: DomainEvent['payload'].
  return [...inFull, ...names.map((name) => `${module}.${name}`)];
}

describe('events and the jobs they start', () => {
  const announced = [...new Set(EVENT_FILES.flatMap(announcedBy))].sort();

  it('finds the events of every module that has some', () => {
    expect(EVENT_FILES.length).toBeGreaterThanOrEqual(7);
    for (const file of EVENT_FILES)
      expect([file.path, announcedBy(file).length > 0]).toEqual([file.path, true]);
  });

  it('routes every announced event, and no other', () => {
    expect(Object.keys(EVENT_ROUTES).sort()).toEqual(announced);
  });

  it('announces events by the functions of *.events.ts only', () => {
    const modules = EVENT_FILES.map(({ path }) => path.split('/')[1]).join('|');
    const byHand = new RegExp(`\\btype: ['\`](?:${modules})\\.`);
    const offenders = sourceFiles('libs/*/src/**/*.ts', 'apps/{api,worker}/src/**/*.ts')
      .filter(({ path }) => !/\.events\.ts$|spec\.ts$|\.test-/.test(path))
      .filter(({ text }) => byHand.test(text));
    expect(offenders.map(({ path }) => path)).toEqual([]);
  });

  it('starts every job by some event', () => {
    const started = new Set<string>(Object.values(EVENT_ROUTES).flat());
    expect(Object.keys(JOBS).filter((job) => !started.has(job))).toEqual([]);
  });
});
