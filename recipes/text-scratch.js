// A text model from random weights: the arm that others are compared with.
/** @type {import('primordia/run').RecipeInput} */
export default {
  name: 'text-scratch',
  description: 'English text from random weights, ten minutes on two cores',
  model: { hiddenSize: 128, layers: 4, heads: 4 },
  text: { batchSize: 8, steps: 4000, evaluateEvery: 400, optimizer: { learningRate: 2e-3 } },
};
