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
  'no-cycles': {
    'libs/common/src/a.ts': "import './other';",
    'libs/common/src/other.ts': "import './no-cycles';",
  },
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
      for (const [rule, files] of Object.entries(FIXTURES)) write(folder, rule, files);
      const reported = violations(folder);
      const unreported = Object.keys(FIXTURES).filter(
        (rule) => !reported.some(({ name, from }) => name === rule && from.endsWith(`/${rule}.ts`)),
      );
      expect(unreported).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** All fixtures share one tree, so that one run reads them all: `a.ts`, the broken file, gets the name of its rule. */
function write(folder: string, rule: string, files: Record<string, string>): void {
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, file.replace(/\/a\.ts$/, `/${rule}.ts`));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${content}\n`);
  }
}

function violations(folder: string): { name: string; from: string }[] {
  for (const file of ['package.json', 'tsconfig.json']) writeFileSync(join(folder, file), '{}\n');
  const cruise = join(PROJECT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const options = [
    '--config',
    join(PROJECT, '.dependency-cruiser.js'),
    '--output-type',
    'json',
    'apps',
    'libs',
  ];
  const output = execFileSync(process.execPath, [cruise, ...options], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 32 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { summary } = JSON.parse(output) as {
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  return summary.violations.map(({ from, rule }) => ({ name: rule.name, from }));
}
