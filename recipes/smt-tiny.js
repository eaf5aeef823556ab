// Retrieval over ten tokens: to see a network remember that was never unrolled, in well under a minute.

/** @type {import('primordia/training').RecipeInput} */
export default {
  extends: 'smt-retrieval',
  description: 'retrieval over 10 tokens by SMT and DMT: a marked token of 8, asked for at the end',
  data: { kind: 'retrieval', symbols: 8 },
  contextLength: 10,
  batchSize: 16,
  stages: {
    smt: { steps: 300, evaluateEvery: 60 },
    dmt: { steps: 80, evaluateEvery: 20 },
  },
};
