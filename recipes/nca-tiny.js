// Source and text stage in about a minute on two cores: to see everything work once.
/** @type {import('primordia/training').RecipeInput} */
export default {
  extends: 'nca-text',
  description: 'a small model and little of everything, in about a minute',
  model: { hiddenSize: 64, layers: 2 },
  stages: {
    source: { steps: 120, evaluateEvery: 60 },
    text: { steps: 250, evaluateEvery: 50 },
  },
};
