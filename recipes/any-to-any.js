// Any model learns any task by any algorithm that takes it: a transformer, a GRU and a minGRU, with gradients and without.

/** @type {import('primordia/study').StudyInput} */
export default {
  kind: 'study',
  name: 'any-to-any',
  description:
    'three models, two algorithms, two tasks, crossed: any model with any data and algorithm',
  seeds: [0],
  base: {
    contextLength: 12,
    batchSize: 32,
    heldOutSequences: 128,
    stages: { train: { evaluateEvery: 100 } },
    checkpoint: { everySteps: 10_000, keepLast: 1 },
  },
  axes: {
    model: {
      llama: { model: { kind: 'llama', hiddenSize: 32, layers: 2, heads: 2 } },
      gru: { model: { kind: 'gru', hiddenSize: 32, memoryTokens: 2, decoderLayers: 1 } },
      'min-gru': { model: { kind: 'min-gru', hiddenSize: 32, layers: 2 } },
    },
    task: {
      copy: { data: { kind: 'copy', symbols: 4 } },
      'selective-copy': { data: { kind: 'selective-copy', symbols: 4, items: 3 } },
    },
    algorithm: {
      gradients: {
        stages: { train: { steps: 400, optimizer: { learningRate: 5e-3 } } },
      },
      evolution: {
        stages: {
          train: {
            algorithm: { kind: 'evolution', pairs: 8 },
            steps: 400,
            optimizer: { learningRate: 5e-3 },
          },
        },
      },
    },
  },
  baseline: { algorithm: 'gradients' },
  metric: 'rollout.accuracy',
};
