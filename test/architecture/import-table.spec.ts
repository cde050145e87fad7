import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PROJECT = join(__dirname, '..', '..');

/** One broken file per rule; a rule that nobody has seen fail may be checking nothing. */
const FIXTURES: Record<string, Record<string, string>> = {
  'table-common': {
    'libs/common/src/a.ts': "import '../../sessions/src/index';",
    'libs/sessions/src/index.ts': 'export {};',
  },
  'table-recurrence': {
    'libs/recurrence/src/a.ts': "import '../../database/src/index';",
    'libs/database/src/index.ts': 'export {};',
  },
  'table-database': {
    'libs/database/src/a.ts': "import '../../outbox/src/index';",
    'libs/outbox/src/index.ts': 'export {};',
  },
  'table-outbox': {
    'libs/outbox/src/a.ts': "import '../../accounts/src/index';",
    'libs/accounts/src/index.ts': 'export {};',
  },
  'table-outbound': {
    'libs/outbound/src/a.ts': "import '../../accounts/src/index';",
    'libs/accounts/src/index.ts': 'export {};',
  },
  'table-accounts': {
    'libs/accounts/src/a.ts': "import '../../sessions/src/index';",
    'libs/sessions/src/index.ts': 'export {};',
  },
  'table-offerings': {
    'libs/offerings/src/a.ts': "import '../../sessions/src/index';",
    'libs/sessions/src/index.ts': 'export {};',
  },
  'table-availability': {
    'libs/availability/src/a.ts': "import '../../payments/src/index';",
    'libs/payments/src/index.ts': 'export {};',
  },
  'table-connections': {
    'libs/connections/src/a.ts': "import '../../video/src/index';",
    'libs/video/src/index.ts': 'export {};',
  },
  'table-payments': {
    'libs/payments/src/a.ts': "import '../../sessions/src/index';",
    'libs/sessions/src/index.ts': 'export {};',
  },
  'table-packages': {
    'libs/packages/src/a.ts': "import '../../sessions/src/index';",
    'libs/sessions/src/index.ts': 'export {};',
  },
  'table-sessions': {
    'libs/sessions/src/a.ts': "import '../../video/src/index';",
    'libs/video/src/index.ts': 'export {};',
  },
  'table-notes': {
    'libs/notes/src/a.ts': "import '../../video/src/index';",
    'libs/video/src/index.ts': 'export {};',
  },
  'table-video': {
    'libs/video/src/a.ts': "import '../../notifications/src/index';",
    'libs/notifications/src/index.ts': 'export {};',
  },
  'table-calendars': {
    'libs/calendars/src/a.ts': "import '../../video/src/index';",
    'libs/video/src/index.ts': 'export {};',
  },
  'table-notifications': {
    'libs/notifications/src/a.ts': "import '../../reporting/src/index';",
    'libs/reporting/src/index.ts': 'export {};',
  },
  'table-reporting': {
    'libs/reporting/src/a.ts': "import '../../sessions/src/index';",
    'libs/sessions/src/index.ts': 'export {};',
  },
  'no-cycles': { 'libs/common/src/a.ts': "import './b';", 'libs/common/src/b.ts': "import './a';" },
  'libs-never-import-apps': {
    'libs/sessions/src/a.ts': "import '../../../apps/api/src/b';",
    'apps/api/src/b.ts': 'export {};',
  },
  'one-door': {
    'libs/sessions/src/a.ts': "import '../../payments/src/refund';",
    'libs/payments/src/refund.ts': 'export {};',
  },
  'domain-is-pure': {
    'libs/sessions/src/domain/a.ts': "import '../sessions.service';",
    'libs/sessions/src/sessions.service.ts': 'export {};',
  },
  'sandbox-stands-alone': {
    'apps/sandbox/src/a.ts': "import '../../../libs/common/src/index';",
    'libs/common/src/index.ts': 'export {};',
  },
  'nobody-imports-the-sandbox': {
    'apps/api/src/a.ts': "import '../../sandbox/src/b';",
    'apps/sandbox/src/b.ts': 'export {};',
  },
  'apps-stand-apart': {
    'apps/api/src/a.ts': "import '../../worker/src/b';",
    'apps/worker/src/b.ts': 'export {};',
  },
  'testing-only-in-specs': {
    'libs/sessions/src/a.ts': "import '../../testing/src/index';",
    'libs/testing/src/index.ts': 'export {};',
  },
};

describe('the import table', () => {
  const rules = (
    require(join(PROJECT, '.dependency-cruiser.js')) as { forbidden: { name: string }[] }
  ).forbidden.map(({ name }) => name);

  it('has a broken fixture for every rule', () => {
    expect(Object.keys(FIXTURES).sort()).toEqual([...rules].sort());
  });

  it('reports every rule where it is broken', () => {
    const folder = mkdtempSync(join(PROJECT, 'node_modules', '.cache-fixtures-'));
    try {
      const unreported = Object.entries(FIXTURES).filter(
        ([rule, files]) => !reported(join(folder, rule), files).includes(rule),
      );
      expect(unreported.map(([rule]) => rule)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function reported(folder: string, files: Record<string, string>): string[] {
  for (const [file, content] of Object.entries({ 'package.json': '{}', 'tsconfig.json': '{}', ...files })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${content}\n`);
  }
  const cruise = join(PROJECT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const options = [
    '--config',
    join(PROJECT, '.dependency-cruiser.js'),
    '--output-type',
    'json',
    'apps',
    'libs',
  ];
  for (const top of ['apps', 'libs']) mkdirSync(join(folder, top), { recursive: true });
  const output = execFileSync(process.execPath, [cruise, ...options], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 32 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { summary } = JSON.parse(output) as { summary: { violations: { rule: { name: string } }[] } };
  return summary.violations.map(({ rule }) => rule.name);
}
