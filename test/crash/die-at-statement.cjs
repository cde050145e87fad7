// Preloaded into an api process (NODE_OPTIONS=--require). Counts what a request whose Idempotency-Key begins with "die-"
// does in the database, and ends the process at once before step CRASH_STEP. Each step is written to the file named
// like the key in CRASH_FOLDER first. The commit is two steps: before it is sent, and before its answer comes. The last
// step is the answer to the caller.
const { AsyncLocalStorage } = require('node:async_hooks');
const { appendFileSync } = require('node:fs');
const path = require('node:path');
const pg = require('pg');

const lastStep = Number(process.env.CRASH_STEP);
const act = new AsyncLocalStorage();

function step(what) {
  const run = act.getStore();
  if (run === undefined) return;
  run.steps += 1;
  appendFileSync(
    path.join(process.env.CRASH_FOLDER, run.key),
    `${run.steps} ${what.replaceAll(/\s+/g, ' ').trim().slice(0, 80).trim()}\n`,
  );
  if (run.steps === lastStep) process.kill(process.pid, 'SIGKILL');
}

const query = Reflect.get(pg.Client.prototype, 'query');
pg.Client.prototype.query = function (config, ...rest) {
  const text = typeof config === 'string' ? config : String(config?.text);
  step(text);
  const sent = query.call(this, config, ...rest);
  if (/^commit/i.test(text)) step('(the commit was sent)');
  return sent;
};

require('reflect-metadata');
const api = path.dirname(process.argv[1]);
const { IdempotencyInterceptor } = require(path.join(api, 'http', 'idempotency.interceptor.js'));
const { once } = IdempotencyInterceptor.prototype;
IdempotencyInterceptor.prototype.once = function (scope, ...rest) {
  if (!scope.key.startsWith('die-')) return once.call(this, scope, ...rest);
  return act.run({ key: scope.key, steps: 0 }, async () => {
    const answer = await once.call(this, scope, ...rest);
    step('(the answer)');
    return answer;
  });
};
