// Source and text stage in under a minute on two cores: to see everything work once.
/** @type {import('primordia/run').RecipeInput} */
export default {
  name: 'nca-tiny',
  description:
    'NCA with three colors on an 8x8 grid, then English text: under a minute on two cores',
  model: { size: 'nano', hiddenSize: 64, layers: 2, heads: 4 },
  source: {
    world: {
      kind: 'nca',
      colors: 3,
      grid: 8,
      band: { kind: 'absolute', low: 0.15, high: 1 },
    },
    steps: 150,
    evaluateEvery: 50,
    optimizer: { learningRate: 3e-3 },
  },
  transfer: { keep: { modules: ['query', 'key'] } },
  text: { steps: 150, evaluateEvery: 30, optimizer: { learningRate: 3e-3 } },
};
