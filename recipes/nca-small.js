// About an hour on two cores: four colors in 2×2 patches, a longer budget, then text.
/** @type {import('primordia/training').RecipeInput} */
export default {
  extends: 'nca-text',
  description:
    'NCA with four colors for 4,000 steps, then 12,500 steps of English text: about an hour',
  stages: {
    source: {
      data: {
        kind: 'nca',
        colors: 4,
        grid: 8,
        patch: 2,
        burnIn: 10,
        band: { kind: 'absolute', low: 0.2, high: 1 },
      },
      contextLength: 256,
      batchSize: 16,
      steps: 4000,
      evaluateEvery: 400,
      heldOutSequences: 256,
      optimizer: { learningRate: 2e-3 },
    },
    text: {
      data: { evaluationTokens: 32_768, tokenizer: { kind: 'bpe', vocabSize: 2048 } },
      steps: 12500,
      evaluateEvery: 1250,
    },
  },
  checkpoint: { everySteps: 250 },
};
