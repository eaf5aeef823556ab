// Characters of a text, by a network that is never unrolled in training.

/** @type {import('primordia/training').RecipeInput} */
export default {
  extends: 'smt-retrieval',
  description: 'bytes of a text by SMT and DMT; measured free-running over 512 of them',
  // The default corpus, unless files are given.
  data: { kind: 'characters' },
  contextLength: 128,
  batchSize: 16,
  heldOutSequences: 64,
  model: { hiddenSize: 64, memoryTokens: 4 },
  stages: {
    smt: {
      algorithm: {
        kind: 'smt',
        encoder: 'bidirectional',
        weights: { dynamics: 1, uniformity: 0.01 },
        // A window that slides: what a memory holds is the last 32 bytes, wherever it stands.
        supervision: { positions: 8, contextLength: 32, futureLength: 16 },
      },
      steps: 1300,
      evaluateEvery: 325,
    },
    dmt: { algorithm: { every: 8, gradientSteps: 4 }, steps: 200, evaluateEvery: 100 },
  },
  rollout: { length: 512, sequences: 64 },
};
