// Preloaded into a worker (NODE_OPTIONS=--require). Counts what one job does to the outside, its statements and its calls
// to Stripe, and ends the process at once before step CRASH_STEP. The job is the one named CRASH_JOB whose delivery
// carries the id CRASH_SUBJECT. Each step is written to CRASH_REPORT first. Every other job runs undisturbed.
const { AsyncLocalStorage } = require('node:async_hooks');
const { appendFileSync } = require('node:fs');
const path = require('node:path');
const pg = require('pg');

const { CRASH_JOB, CRASH_SUBJECT, CRASH_REPORT } = process.env;
const lastStep = Number(process.env.CRASH_STEP);
const job = new AsyncLocalStorage();

function step(what) {
  const run = job.getStore();
  if (run === undefined || !run.isTheOne) return;
  run.steps += 1;
  appendFileSync(CRASH_REPORT, `${run.steps} ${what.replaceAll(/\s+/g, ' ').trim().slice(0, 80).trim()}\n`);
  if (run.steps === lastStep) process.kill(process.pid, 'SIGKILL');
}

const query = Reflect.get(pg.Client.prototype, 'query');
pg.Client.prototype.query = function (config, ...rest) {
  step(typeof config === 'string' ? config : String(config?.text));
  return query.call(this, config, ...rest);
};

const { fetch } = globalThis;
globalThis.fetch = (input, init) => {
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  step(`${init?.method ?? 'GET'} ${pathname.replace(/\/(re|pi|ch|cs|du|pm|cus|seti|tr)_\w+/, '/{id}')}`);
  return fetch(input, init);
};

// A run begins with the delivery being opened; whose it is shows when it is handed on, and it ends with its mark.
require('reflect-metadata');
const worker = path.dirname(process.argv[1]);
const { JobRunner } = require(path.join(worker, 'job-runner.js'));
const { JobHandlers } = require(path.join(worker, 'job-handlers.js'));
const { run } = JobRunner.prototype;
JobRunner.prototype.run = function (...args) {
  return job.run({ isTheOne: false, steps: 0 }, () => run.apply(this, args));
};
const { handle } = JobHandlers.prototype;
JobHandlers.prototype.handle = function (name, delivery) {
  const carries = Object.values(delivery.payload).includes(CRASH_SUBJECT);
  job.getStore().isTheOne = name === CRASH_JOB && carries;
  return handle.call(this, name, delivery);
};
