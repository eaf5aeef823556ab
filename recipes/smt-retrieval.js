// Remember one marked token until it is asked for, by a network that is never unrolled in training.

const schedule = { kind: 'cosine', warmup: 0.05, final: 0.1 };

/** @type {import('primordia/training').RecipeInput} */
export default {
  description:
    'retrieval over 32 tokens by SMT and DMT: a marked token of 16, asked for at the end',
  model: {
    kind: 'recurrent-transformer',
    hiddenSize: 32,
    memoryTokens: 2,
    decoderLayers: 1,
    cellLayers: 1,
  },
  data: { kind: 'retrieval', symbols: 16 },
  contextLength: 32,
  batchSize: 32,
  heldOutSequences: 256,
  stages: {
    smt: {
      algorithm: {
        kind: 'smt',
        // The published weights (dynamics 0.1, uniformity 0.001) stall teachers of this size on long sequences.
        weights: { dynamics: 1, uniformity: 0.1 },
        supervision: { positions: 4 },
      },
      steps: 1500,
      evaluateEvery: 300,
      optimizer: { learningRate: 4e-3, weightDecay: 0.01, schedule },
    },
    dmt: {
      // Through one step, as published, drift wins on sequences longer than these; through four it does not.
      algorithm: { kind: 'dmt', every: 4, gradientSteps: 4 },
      steps: 400,
      evaluateEvery: 100,
      optimizer: { learningRate: 2e-3, weightDecay: 0.01, schedule },
    },
  },
};
