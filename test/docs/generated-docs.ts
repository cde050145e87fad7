import { createRequire } from 'node:module';
import { join } from 'node:path';
import { EVENT_ROUTES } from '../../apps/worker/src/event-routes';
import { configTable } from './config-table';
import { markdownTable } from './markdown-table';

const PROJECT = join(__dirname, '..', '..');

export interface GeneratedPart {
  file: string;
  /** Name of the part in its markers. */
  name: string;
  render: () => string;
}

/** Parts of the documentation that repeat what the code says. */
export const GENERATED_PARTS: GeneratedPart[] = [
  { file: join(PROJECT, 'README.md'), name: 'configuration', render: configTable },
  { file: join(PROJECT, 'docs', 'architecture.md'), name: 'import table', render: importTable },
  { file: join(PROJECT, 'docs', 'architecture.md'), name: 'event map', render: eventMap },
];

/** The text with one generated part replaced. @throws Error when its markers are missing */
export function withPart(text: string, { name, file, render }: GeneratedPart): string {
  const [begin, end] = [`<!-- ${name}: written by npm run docs:config -->`, `<!-- end of ${name} -->`];
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${file} lacks "${begin}" or "${end}".`);
  return `${before}${begin}\n\n${render()}\n\n${end}${after}`;
}

interface Rule {
  name: string;
  comment: string;
}

/** The rules as dependency-cruiser enforces them; each says in its comment what its lib may import. */
function importTable(): string {
  const { forbidden } = createRequire(__filename)('../../.dependency-cruiser.js') as { forbidden: Rule[] };
  const rows = forbidden
    .filter(({ name }) => name.startsWith('table-'))
    .map(({ name, comment }) => [
      name.replace('table-', ''),
      comment.replace(/^.*may import: /, '').replace(/\.$/, ''),
    ]);
  return markdownTable(['lib', 'may import'], rows);
}

function eventMap(): string {
  const rows = Object.entries(EVENT_ROUTES).map(([event, jobs]) => [
    `\`${event}\``,
    jobs.map((job) => `\`${job}\``).join(', ') || '–',
  ]);
  return markdownTable(['event', 'jobs'], rows);
}
