import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT, sourceFiles } from '../support/source-files';

const PAGE = join(PROJECT, '..', 'shared', 'requirements.md');
/** The parts that are built so far, by the headings of the page. */
const AREAS = ['A.1', 'A.2', 'A.3', 'A.6', 'A.14'];
const HIGHEST = 181;

/** `it('…')`, `describe('…')`, `it.each(…)('…')` and the like, whatever the quotes. */
const TITLE = /\b(?:it|test|describe)(?:\.each\([\s\S]*?\)|\.concurrent)?\(\s*(['"`])((?:(?!\1)[\s\S])*)\1/g;

interface Named {
  number: number;
  path: string;
}

function namedInTitles(): Named[] {
  return sourceFiles('{apps,libs,test}/**/*spec.ts').flatMap(({ path, text }) =>
    [...text.matchAll(TITLE)].flatMap(([, , title]) =>
      [...(title ?? '').matchAll(/\bA(\d+)\b/g)].map(([, number]) => ({ number: Number(number), path })),
    ),
  );
}

/** Numbers per heading: `| A92 | L118 | …`. */
function requirementsByArea(): Map<string, number[]> {
  const areas = new Map<string, number[]>();
  for (const section of readFileSync(PAGE, 'utf8').split(/^### /m).slice(1)) {
    const area = /^(A\.\d+)/.exec(section)?.[1];
    if (area !== undefined)
      areas.set(
        area,
        [...section.matchAll(/^\| A(\d+) \|/gm)].map(([, n]) => Number(n)),
      );
  }
  return areas;
}

describe('requirements and the tests that name them', () => {
  const named = namedInTitles();

  it('names only requirements that exist', () => {
    expect(named.length).toBeGreaterThan(50);
    const unknown = named.filter(({ number }) => number < 1 || number > HIGHEST);
    expect(unknown).toEqual([]);
  });

  it('counts those of the built areas that no test names', () => {
    if (!existsSync(PAGE)) {
      console.log('../shared/requirements.md is absent: the numbers that no test names are not counted');
      return;
    }
    const areas = requirementsByArea();
    expect([...areas.values()].flat().length).toBe(HIGHEST);
    const proved = new Set(named.map(({ number }) => number));
    const open = AREAS.map((area) => [area, (areas.get(area) ?? []).filter((n) => !proved.has(n))] as const);
    const total = open.reduce((sum, [, numbers]) => sum + numbers.length, 0);
    const lines = open.map(
      ([area, numbers]) => `  ${area}: ${numbers.map((n) => `A${n}`).join(' ') || 'none'}`,
    );
    console.log([`${total} requirements of the built areas are named by no test:`, ...lines].join('\n'));
    for (const area of AREAS) expect([area, areas.has(area)]).toEqual([area, true]);
  });
});
