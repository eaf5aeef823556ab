// The same network and as many steps of the same sequences: taught what to remember (SMT, DMT), or unrolled (BPTT).

const schedule = { kind: 'cosine', warmup: 0.05, final: 0.1 };

/** BPTT takes as many steps as SMT and DMT together. */
const length = (contextLength, smtSteps) => ({
  contextLength,
  stages: { smt: { steps: smtSteps }, bptt: { steps: smtSteps + 400 } },
});

/** @type {import('primordia/study').StudyInput} */
export default {
  kind: 'study',
  name: 'smt-vs-bptt',
  description:
    'SMT and DMT against BPTT with the same cell, parameters, sequences and steps, on three tasks at three lengths',
  // Settings of SMT were found under seeds 1 and 2; rates of BPTT are chosen under seed 100.
  seeds: [10, 11, 12, 13, 14],
  base: {
    extends: 'smt-retrieval',
    stages: {
      smt: { evaluateEvery: 250 },
      dmt: { evaluateEvery: 200 },
      bptt: { evaluateEvery: 250, optimizer: { weightDecay: 0.01, schedule } },
    },
    rollout: { sequences: 512 },
    // Runs are short, and there are many.
    checkpoint: { everySteps: 10_000, keepLast: 1 },
  },
  axes: {
    task: {
      retrieval: {},
      copy: { data: { kind: 'copy', symbols: 8 }, model: { memoryTokens: 4 } },
      stack: { data: { kind: 'stack' }, model: { memoryTokens: 4 } },
    },
    length: { 8: length(8, 750), 16: length(16, 1000), 32: length(32, 1500) },
    algorithm: {
      smt: { stages: { bptt: null } },
      bptt: { stages: { smt: null, dmt: null } },
    },
  },
  baseline: { algorithm: 'bptt' },
  metric: 'rollout.accuracy',
  tuning: {
    where: { algorithm: 'bptt' },
    key: 'stages.bptt.optimizer.learningRate',
    values: [1e-3, 3e-3, 1e-2],
    seeds: [100],
  },
};
