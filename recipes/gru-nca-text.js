// NCA sequences, then English text, with a recurrent network beside scratch.

const optimizer = {
  learningRate: 3e-3,
  schedule: { kind: 'cosine', warmup: 0.05, final: 0.1 },
};

/** @type {import('primordia/study').StudyInput} */
export default {
  kind: 'study',
  name: 'gru-nca-text',
  description: 'transfer from NCA to text in a GRU, by backpropagation through time',
  seeds: [0, 1, 2],
  base: {
    model: { kind: 'gru', hiddenSize: 64, memoryTokens: 4, decoderLayers: 1 },
    contextLength: 64,
    batchSize: 16,
    stages: {
      source: {
        data: {
          kind: 'nca',
          colors: 3,
          grid: 8,
          patch: 2,
          band: { kind: 'absolute', low: 0.15, high: 1 },
        },
        steps: 300,
        evaluateEvery: 150,
        heldOutSequences: 64,
        optimizer,
      },
      text: {
        data: { kind: 'text', evaluationTokens: 16_384 },
        steps: 300,
        evaluateEvery: 60,
        optimizer,
        start: { keep: 'body', embeddingStd: 'model' },
      },
    },
    checkpoint: { everySteps: 10_000, keepLast: 1 },
  },
  axes: { arm: { scratch: { stages: { source: null } }, nca: {} } },
  baseline: 'scratch',
};
