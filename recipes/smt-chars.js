// Characters of a text, by a network that is never unrolled in training.

/** @type {import('primordia/recurrent').RecurrentInput} */
export default {
  extends: 'smt-retrieval',
  description: 'bytes of a text by SMT and DMT; judged on its own over 512 of them',
  // The default corpus, unless files are given.
  task: { kind: 'characters' },
  contextLength: 128,
  batchSize: 16,
  heldOutSequences: 64,
  model: {
    hiddenSize: 64,
    memoryTokens: 4,
    decoderLayers: 1,
    cellLayers: 1,
    encoder: 'bidirectional',
  },
  smt: {
    steps: 1300,
    evaluateEvery: 325,
    weights: { dynamics: 1, uniformity: 0.01 },
    // A window that slides: what a memory holds is the last 32 bytes, wherever it stands.
    supervision: { positions: 8, contextLength: 32, futureLength: 16 },
  },
  dmt: { steps: 200, evaluateEvery: 100, every: 8, gradientSteps: 4 },
  rollout: { length: 512, sequences: 64 },
};
