// The same network and as many steps of the same sequences: taught what to remember (SMT, DMT), or unrolled (BPTT).

const schedule = { kind: 'cosine', warmup: 0.05, final: 0.1 };

/** @type {import('primordia/recurrent').RecurrentStudyInput} */
export default {
  kind: 'recurrent-study',
  name: 'smt-vs-bptt',
  description:
    'SMT and DMT against BPTT with the same cell, parameters, sequences and steps, on three tasks at three lengths',
  // Settings of SMT were found under seeds 1 and 2; rates of BPTT are chosen under seed 100.
  seeds: [10, 11, 12, 13, 14],
  base: {
    extends: 'smt-retrieval',
    smt: { evaluateEvery: 250 },
    dmt: { evaluateEvery: 200 },
    rollout: { sequences: 512 },
    // Runs are short, and there are many.
    checkpoint: { everySteps: 10_000, keepLast: 1 },
  },
  tasks: {
    retrieval: {},
    copy: { task: { kind: 'copy', symbols: 8 }, model: { memoryTokens: 4 } },
    stack: { task: { kind: 'stack' }, model: { memoryTokens: 4 } },
  },
  lengths: {
    8: { smt: { steps: 750 } },
    16: { smt: { steps: 1000 } },
    32: { smt: { steps: 1500 } },
  },
  algorithms: {
    smt: {},
    bptt: {
      smt: null,
      dmt: null,
      bptt: { evaluateEvery: 250, optimizer: { weightDecay: 0.01, schedule } },
    },
  },
  baseline: 'bptt',
  tuning: { algorithms: ['bptt'], learningRates: [1e-3, 3e-3, 1e-2], seeds: [100] },
};
