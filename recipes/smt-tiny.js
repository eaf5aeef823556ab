// Retrieval over ten tokens: to see a network remember that was never unrolled, in well under a minute.

/** @type {import('primordia/recurrent').RecurrentInput} */
export default {
  extends: 'smt-retrieval',
  description: 'retrieval over 10 tokens by SMT and DMT: a marked token of 8, asked for at the end',
  task: { kind: 'retrieval', symbols: 8 },
  contextLength: 10,
  batchSize: 16,
  smt: { steps: 300, evaluateEvery: 60, weights: { dynamics: 1, uniformity: 0.1 } },
  dmt: { steps: 80, evaluateEvery: 20 },
};
