// Source and text stage in under a minute on two cores: to see everything work once.
/** @type {import('primordia/run').RecipeInput} */
export default {
  extends: 'quickstart',
  name: 'nca-tiny',
  description: 'the quickstart with a smaller model and less of everything: under a minute',
  model: { hiddenSize: 64, layers: 2 },
  source: { steps: 120, evaluateEvery: 60 },
  text: { steps: 250, evaluateEvery: 50 },
};
