// A source that learns the dynamics of binary automata; the weights of `sources/nca-dynamics` came from it.
/** @type {import('primordia/training').RecipeInput} */
export default {
  description:
    'source only: 11.4 M tokens of binary automata, a cell per token, until the gate says dynamics',
  seed: 1,
  model: { kind: 'llama', hiddenSize: 128, layers: 4, heads: 4 },
  stages: {
    source: {
      data: {
        kind: 'nca',
        colors: 2,
        grid: 8,
        patch: 1,
        burnIn: 2,
        band: { kind: 'percentile', low: 30, high: 100 },
      },
      contextLength: 528,
      batchSize: 8,
      steps: 2700,
      evaluateEvery: 90,
      heldOutSequences: 64,
      optimizer: {
        learningRate: 3e-3,
        schedule: { kind: 'warmup-stable-decay', warmup: 0.05, decay: 0.3, final: 0.05 },
      },
    },
  },
  checkpoint: { everySteps: 90 },
};
