// A transformer on a task of memory: say a string backwards.

/** @type {import('primordia/training').RecipeInput} */
export default {
  description: 'reversed copy of 8 symbols by a small Llama',
  model: { kind: 'llama', hiddenSize: 64, layers: 2, heads: 4 },
  data: { kind: 'copy', symbols: 8 },
  contextLength: 16,
  batchSize: 32,
  heldOutSequences: 256,
  stages: {
    train: {
      steps: 1900,
      evaluateEvery: 380,
      optimizer: {
        learningRate: 3e-3,
        weightDecay: 0.01,
        schedule: { kind: 'cosine', warmup: 0.05, final: 0.1 },
      },
    },
  },
};
