// What the studies of NCA share: three colors in 2×2 patches, of which a model of this size learns statistics.

export const world = { colors: 3, grid: 8, band: { kind: 'absolute', low: 0.15, high: 1 } };

export const base = {
  description: 'NCA sequences of three colors, then English text',
  model: { kind: 'llama', hiddenSize: 128, layers: 4, heads: 4 },
  contextLength: 256,
  stages: {
    source: {
      data: { kind: 'nca', ...world },
      batchSize: 16,
      steps: 225,
      evaluateEvery: 45,
      heldOutSequences: 256,
      optimizer: { learningRate: 3e-3 },
    },
    text: {
      data: { kind: 'text' },
      batchSize: 8,
      steps: 300,
      evaluateEvery: 30,
      optimizer: { learningRate: 2e-3 },
      // As published: everything between the embeddings.
      start: { keep: 'body', embeddingStd: 1 },
    },
  },
};

/** Changes of how the text stage begins. */
export const startWith = (start) => ({ stages: { text: { start } } });

/** The source stage on other data. */
export const sourceOf = (data, stage = {}) => ({ stages: { source: { data, ...stage } } });

/** No source stage. */
export const scratch = { stages: { source: null } };
