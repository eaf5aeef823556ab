// Everything from plugins: `primordia train examples/plugins/experiment.js`. A minGRU learns selective copying, first by
// gradients and Lion, then by evolution strategies.

export default {
  format: 2,
  name: 'my-experiment',
  description: 'a model, a task, an algorithm and an optimizer from plugins',
  plugins: ['./min-gru.js', './selective-copy.js', './evolution-strategies.js', './lion.js'],
  model: { kind: 'my-min-gru', hiddenSize: 32, layers: 2 },
  data: { kind: 'my-selective-copy', symbols: 4, items: 2 },
  contextLength: 12,
  batchSize: 32,
  stages: {
    gradients: {
      algorithm: { kind: 'next-token' },
      optimizer: { kind: 'lion', learningRate: 1e-3 },
      steps: 150,
      evaluateEvery: 50,
    },
    evolution: {
      algorithm: { kind: 'evolution-strategies', pairs: 16, sigma: 0.01 },
      optimizer: { kind: 'adamw', learningRate: 3e-4 },
      steps: 60,
      evaluateEvery: 20,
    },
  },
};
