/** Who may import whom (docs/architecture.md). `test/architecture` shows each rule a file that breaks it. */
const BASE = ['common', 'database', 'outbox', 'outbound'];
const TABLE = {
  common: [],
  recurrence: ['common'],
  database: ['common'],
  outbox: ['common', 'database'],
  outbound: ['common', 'database'],
  accounts: BASE,
  offerings: [...BASE, 'accounts'],
  availability: [...BASE, 'accounts'],
  connections: [...BASE, 'accounts'],
  payments: [...BASE, 'accounts'],
  packages: [...BASE, 'accounts', 'payments'],
  sessions: [...BASE, 'accounts', 'offerings', 'availability', 'payments', 'packages', 'recurrence'],
  notes: [...BASE, 'accounts', 'sessions'],
  video: [...BASE, 'accounts', 'connections', 'sessions'],
  calendars: [...BASE, 'recurrence', 'accounts', 'connections', 'availability', 'sessions'],
  notifications: [
    ...BASE,
    'recurrence',
    'accounts',
    'offerings',
    'availability',
    'connections',
    'payments',
    'packages',
    'sessions',
    'notes',
    'video',
    'calendars',
  ],
  reporting: ['common', 'database', 'accounts'],
};

const SPEC = '\\.(e2e-)?spec\\.ts$|/testing\\.ts$|\\.test-(module|world)\\.ts$';

const table = Object.entries(TABLE).map(([lib, allowed]) => ({
  name: `table-${lib}`,
  severity: 'error',
  comment: `libs/${lib} may import: ${allowed.join(', ') || 'nothing'}.`,
  from: { path: `^libs/${lib}/`, pathNot: SPEC },
  to: { path: '^(libs|apps)/', pathNot: `^libs/(${[lib, ...allowed].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...table,
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle has no bottom: turn one direction into an event.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'libs-never-import-apps',
      severity: 'error',
      comment: 'Transport knows behaviour, never the reverse. Specs may start the sandbox.',
      from: { path: '^libs/', pathNot: `${SPEC}|^libs/testing/` },
      to: { path: '^apps/' },
    },
    {
      name: 'one-door',
      severity: 'error',
      comment: 'Another lib is known by its index only (and by testing.ts in specs).',
      from: { path: '^(libs|apps|test)/([^/]+)/', pathNot: [SPEC, '^libs/testing/', '^test/'] },
      to: { path: '^libs/([^/]+)/src/', pathNot: [`^libs/[^/]+/src/(index|testing)\\.ts$`, `^libs/$2/`] },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'Rules import common, recurrence and rules: no Nest, ORM, queue, service or entity.',
      from: { path: '^libs/[^/]+/src/domain/', pathNot: SPEC },
      to: {
        path: ['^libs/[^/]+/src/', 'node_modules/(@nestjs|@mikro-orm|bullmq|kysely|pg)/'],
        pathNot: ['^libs/(common|recurrence)/', '^libs/[^/]+/src/domain/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'sandbox-stands-alone',
      severity: 'error',
      comment: 'It is reached over HTTP and SMTP only.',
      from: { path: '^apps/sandbox/', pathNot: SPEC },
      to: { path: '^(libs|apps/(?!sandbox)[^/]+)/' },
    },
    {
      name: 'nobody-imports-the-sandbox',
      severity: 'error',
      from: { path: '^(apps/(?!sandbox)[^/]+|libs)/', pathNot: SPEC },
      to: { path: '^apps/sandbox/' },
    },
    {
      name: 'apps-stand-apart',
      severity: 'error',
      comment: 'api, worker and launcher share libs, not each other.',
      from: { path: '^apps/([^/]+)/', pathNot: SPEC },
      to: { path: '^apps/', pathNot: `^apps/$1/` },
    },
    {
      name: 'testing-only-in-specs',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: `${SPEC}|^libs/testing/` },
      to: { path: '^libs/(testing/|[^/]+/src/testing\\.ts)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
