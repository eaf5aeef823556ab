// The main job within five minutes on two cores.
/** @type {import('primordia/run').RecipeInput} */
export default {
  name: 'quickstart',
  description:
    'NCA sequences, then English text, against the same text from scratch; the gate says what the source has learned',
  model: { hiddenSize: 128, layers: 4, heads: 4 },
  source: {
    world: {
      kind: 'nca',
      colors: 3,
      grid: 8,
      band: { kind: 'absolute', low: 0.15, high: 1 },
    },
    steps: 225,
    evaluateEvery: 45,
    heldOutSequences: 256,
    optimizer: { learningRate: 3e-3 },
  },
  // As published: everything between the embeddings. No other choice has been shown to do better at this size.
  transfer: { keep: { modules: ['attention', 'mlp', 'norms'] }, embeddingStd: 1 },
  text: { batchSize: 8, steps: 300, evaluateEvery: 30, optimizer: { learningRate: 2e-3 } },
};
