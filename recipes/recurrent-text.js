// Text in byte pairs by recurrent networks: unrolled, or taught what to remember.

const schedule = { kind: 'cosine', warmup: 0.05, final: 0.1 };
const sizes = { hiddenSize: 64, memoryTokens: 4, decoderLayers: 1 };

/** @type {import('primordia/study').StudyInput} */
export default {
  kind: 'study',
  name: 'recurrent-text',
  description:
    'GRU, LSTM and a transformer cell on byte pairs of English text, by BPTT and by SMT and DMT, same sequences and steps',
  seeds: [10],
  base: {
    data: { kind: 'text', tokenizer: { kind: 'bpe', vocabSize: 512 }, evaluationTokens: 8192 },
    contextLength: 32,
    batchSize: 16,
    stages: {
      smt: {
        algorithm: {
          kind: 'smt',
          encoder: 'bidirectional',
          weights: { dynamics: 1, uniformity: 0.01 },
          supervision: { positions: 8, contextLength: 16, futureLength: 8 },
        },
        steps: 1000,
        evaluateEvery: 250,
        optimizer: { learningRate: 4e-3, weightDecay: 0.01, schedule },
      },
      dmt: {
        algorithm: { kind: 'dmt', every: 8, gradientSteps: 4 },
        steps: 200,
        evaluateEvery: 100,
        optimizer: { learningRate: 2e-3, weightDecay: 0.01, schedule },
      },
      bptt: {
        steps: 1200,
        evaluateEvery: 300,
        optimizer: { learningRate: 3e-3, weightDecay: 0.01, schedule },
      },
    },
    checkpoint: { everySteps: 10_000, keepLast: 1 },
  },
  axes: {
    cell: {
      gru: { model: { kind: 'gru', ...sizes } },
      lstm: { model: { kind: 'lstm', ...sizes } },
      transformer: { model: { kind: 'recurrent-transformer', ...sizes, cellLayers: 1 } },
    },
    algorithm: {
      bptt: { stages: { smt: null, dmt: null } },
      smt: { stages: { bptt: null } },
    },
  },
  baseline: { algorithm: 'bptt' },
};
