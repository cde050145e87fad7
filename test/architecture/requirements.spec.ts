import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT, sourceFiles } from '../support/source-files';

const PAGE = join(PROJECT, '..', 'shared', 'requirements.md');
const HIGHEST = 181;

/** First and last numbers of what is built: each has a test that names it. */
const BUILT = [
  [1, 17],
  [19, 19],
  [21, 27],
  [29, 46],
  [71, 98],
  [100, 126],
  [131, 140],
  [155, 155],
  [157, 158],
  [160, 160],
  [170, 177],
  [179, 179],
] as const;

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

  it('proves all that is built', () => {
    const proved = new Set(named.map(({ number }) => number));
    const unproved = BUILT.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index).filter((n) => !proved.has(n)),
    );
    expect(unproved).toEqual([]);
  });

  it('counts the others that no test names', () => {
    if (!existsSync(PAGE)) {
      console.log('../shared/requirements.md is absent: the numbers that no test names are not counted');
      return;
    }
    const areas = requirementsByArea();
    expect([...areas.values()].flat().length).toBe(HIGHEST);
    const proved = new Set(named.map(({ number }) => number));
    const open = [...areas].map(([area, numbers]) => [area, numbers.filter((n) => !proved.has(n))] as const);
    const total = open.reduce((sum, [, numbers]) => sum + numbers.length, 0);
    const lines = open.map(
      ([area, numbers]) => `  ${area}: ${numbers.map((n) => `A${n}`).join(' ') || 'none'}`,
    );
    console.log([`${total} requirements are named by no test:`, ...lines].join('\n'));
  });
});
