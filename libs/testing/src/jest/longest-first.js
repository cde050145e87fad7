// What takes longest starts first, so that no worker is left with it at the end. Jest knows how long a file takes only
// after it has run on this machine; before that it goes by its size.
const Sequencer = require('@jest/test-sequencer').default;

/** Spec files of 15 s and more. Beside the storm, which wants the cores, go those that mostly wait. */
const LONGEST = [
  'test/storm/storm',
  'test/queues/queues',
  'libs/payments/src/charge-attempts',
  'libs/payments/src/refunds',
  'libs/payments/src/payments',
  'test/concurrency/rival-acts-of-two-processes',
  'test/crash/refund-crash',
  'test/access/access-matrix',
  'test/crash/series-crash',
  'test/stories/session-export',
  'test/crash/money-crash',
  'test/stories/package-revenue',
  'test/operations/shutdown',
];

module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const index = LONGEST.findIndex((name) => path.replaceAll('\\', '/').includes(name));
      return index === -1 ? LONGEST.length : index;
    };
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
};
