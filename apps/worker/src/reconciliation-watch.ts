import { Injectable } from '@nestjs/common';
import { DIFFERENCE_KINDS, Differences, ReconciliationRuns } from '@app/payments';
import { Gauge } from 'prom-client';

const STATES = ['found', 'raised'] as const;

const differencesByKind = new Gauge({
  name: 'reconciliation_differences',
  help: 'Differences to Stripe that are not settled: found ones are mended by the next run, raised ones wait for a person',
  labelNames: ['kind', 'state'],
});
const lastRun = new Gauge({
  name: 'reconciliation_last_finished_seconds',
  help: 'When a run of this kind was finished the last time, business time since the epoch',
  labelNames: ['run'],
});

/** Starts the comparisons with Stripe that are due, and shows what they have found. */
@Injectable()
export class ReconciliationWatch {
  constructor(
    private readonly runs: ReconciliationRuns,
    private readonly differences: Differences,
  ) {}

  async sweep(): Promise<void> {
    await this.runs.requestDue();
  }

  /** A kind without a difference shows zero, not nothing. */
  async measure(): Promise<void> {
    const open = await this.differences.open();
    for (const kind of DIFFERENCE_KINDS) {
      for (const state of STATES) {
        const found = open.find((each) => each.kind === kind && each.state === state);
        differencesByKind.set({ kind, state }, found?.count ?? 0);
      }
    }
    for (const { kind, finishedSeconds } of await this.runs.last())
      lastRun.set({ run: kind }, finishedSeconds);
  }
}
