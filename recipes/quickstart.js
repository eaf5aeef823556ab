// The main job within four minutes on two cores.
/** @type {import('primordia/run').RecipeInput} */
export default {
  name: 'quickstart',
  description:
    'NCA sequences, then English text, beside a source that comes with the package and scratch; the gate says what each source has learned',
  model: { hiddenSize: 128, layers: 4, heads: 4 },
  source: {
    // A cell per token: a world whose dynamics a model of this size learns, given more time than there is here.
    world: {
      kind: 'nca',
      colors: 2,
      grid: 8,
      patch: 1,
      burnIn: 2,
      band: { kind: 'percentile', low: 30, high: 100 },
    },
    contextLength: 528,
    batchSize: 4,
    steps: 140,
    evaluateEvery: 70,
    heldOutSequences: 64,
    optimizer: { learningRate: 3e-3 },
  },
  // As published: everything between the embeddings. No other choice has been shown to do better at this size.
  transfer: { keep: { modules: ['attention', 'mlp', 'norms'] }, embeddingStd: 1 },
  text: {
    batchSize: 8,
    steps: 130,
    evaluateEvery: 26,
    evaluationTokens: 16_384,
    optimizer: { learningRate: 2e-3 },
  },
};
