// A text model from random weights: the arm that others are compared with.
/** @type {import('primordia/training').RecipeInput} */
export default {
  description: 'English text from random weights, ten minutes on two cores',
  model: { kind: 'llama', hiddenSize: 128, layers: 4, heads: 4 },
  stages: {
    text: {
      data: { kind: 'text' },
      contextLength: 256,
      batchSize: 8,
      steps: 4000,
      evaluateEvery: 400,
      optimizer: { learningRate: 2e-3 },
    },
  },
};
