// Preloaded into a worker (NODE_OPTIONS=--require). Counts what the job of one refund does to the outside, its
// statements and its calls to Stripe, and ends the process at once before step CRASH_STEP. Each step is written to
// CRASH_REPORT first. Other jobs, and the job of any other refund, run undisturbed.
const { AsyncLocalStorage } = require('node:async_hooks');
const { appendFileSync } = require('node:fs');
const { Module } = require('node:module');
const pg = require('pg');

const refundId = process.env.CRASH_REFUND;
const lastStep = Number(process.env.CRASH_STEP);
const job = new AsyncLocalStorage();

function step(what) {
  const run = job.getStore();
  if (run === undefined || !run.isTheOne) return;
  run.steps += 1;
  appendFileSync(process.env.CRASH_REPORT, `${run.steps} ${what.replaceAll(/\s+/g, ' ').trim().slice(0, 80)}\n`);
  if (run.steps === lastStep) process.kill(process.pid, 'SIGKILL');
}

const query = pg.Client.prototype.query;
pg.Client.prototype.query = function (config, ...rest) {
  step(typeof config === 'string' ? config : String(config?.text));
  return query.call(this, config, ...rest);
};

const { fetch } = globalThis;
globalThis.fetch = (input, init) => {
  step(`${init?.method ?? 'GET'} ${new URL(input instanceof Request ? input.url : input).pathname}`);
  return fetch(input, init);
};

/** A run begins with the delivery being opened; whose it is shows when it is handed on, and it ends with its mark. */
function watch({ JobRunner }, { JobHandlers }) {
  const { run } = JobRunner.prototype;
  JobRunner.prototype.run = function (...args) {
    return job.run({ isTheOne: false, steps: 0 }, () => run.apply(this, args));
  };
  const { handle } = JobHandlers.prototype;
  JobHandlers.prototype.handle = function (name, delivery) {
    job.getStore().isTheOne = name === 'issue-refund' && delivery.payload.refundId === refundId;
    return handle.call(this, name, delivery);
  };
}

const load = Module._load;
let watched = false;
Module._load = function (...args) {
  const loaded = load.apply(this, args);
  if (!watched && loaded?.JobRunner?.prototype?.run !== undefined) {
    watched = true;
    watch(loaded, load('./job-handlers', args[1]));
  }
  return loaded;
};
