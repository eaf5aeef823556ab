// The smallest run that learns dynamics: one rule of two colors on 6×6 cells. The studio's page Train runs it in the browser.
/** @type {import('primordia/training').RecipeInput} */
export default {
  description: 'one rule of two colors, learned within a minute; the studio runs it in a browser',
  model: { kind: 'llama', hiddenSize: 64, layers: 2, heads: 2 },
  stages: {
    source: {
      data: {
        kind: 'nca',
        colors: 2,
        grid: 6,
        patch: 1,
        burnIn: 2,
        rules: 1,
        ruleSeed: 1,
        band: { kind: 'percentile', low: 50, high: 100 },
      },
      contextLength: 151,
      batchSize: 8,
      steps: 300,
      evaluateEvery: 20,
      heldOutSequences: 32,
      algorithm: { kind: 'next-token' },
      optimizer: { kind: 'adamw', learningRate: 3e-3 },
    },
  },
};
