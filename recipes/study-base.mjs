// What the studies of NCA share: three colors in 2×2 patches, of which a model of this size learns statistics.

export const world = { colors: 3, grid: 8, band: { kind: 'absolute', low: 0.15, high: 1 } };

/** @type {Omit<import('primordia/run').RecipeInput, 'name'>} */
export const base = {
  description: 'NCA sequences of three colors, then English text',
  model: { hiddenSize: 128, layers: 4, heads: 4 },
  source: {
    world: { kind: 'nca', ...world },
    steps: 225,
    evaluateEvery: 45,
    heldOutSequences: 256,
    optimizer: { learningRate: 3e-3 },
  },
  // As published: everything between the embeddings.
  transfer: { keep: { modules: ['attention', 'mlp', 'norms'] }, embeddingStd: 1 },
  text: { batchSize: 8, steps: 300, evaluateEvery: 30, optimizer: { learningRate: 2e-3 } },
};
