// NCA sequences, then English text, in a few minutes on two cores: what the quickstart's arms have in common.
/** @type {import('primordia/training').RecipeInput} */
export default {
  description: 'NCA sequences, then English text, in a few minutes',
  model: { kind: 'llama', hiddenSize: 128, layers: 4, heads: 4 },
  stages: {
    source: {
      // A cell per token: a world whose dynamics a model of this size learns, given more time than there is here.
      data: {
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
    text: {
      data: { kind: 'text', evaluationTokens: 16_384 },
      contextLength: 256,
      batchSize: 8,
      steps: 130,
      evaluateEvery: 26,
      optimizer: { learningRate: 2e-3 },
      // As published: everything between the embeddings. No other choice has been shown to do better at this size.
      start: { keep: 'body', embeddingStd: 1 },
    },
  },
};
