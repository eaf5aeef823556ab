// Images pixel by pixel, by a network that is never unrolled in training.

/** @type {import('primordia/training').RecipeInput} */
export default {
  extends: 'smt-retrieval',
  description: 'images in raster order by SMT and DMT; give the file with --set data.file=...',
  // MNIST at half its side: 14 by 14 pixels, 4 gray levels.
  data: { kind: 'images', shrink: 2, levels: 4 },
  // The images decide.
  contextLength: null,
  batchSize: 16,
  heldOutSequences: 64,
  model: { hiddenSize: 64, memoryTokens: 4 },
  stages: {
    smt: {
      algorithm: {
        kind: 'smt',
        encoder: 'bidirectional',
        weights: { dynamics: 1, uniformity: 0.01 },
        // Six rows of pixels behind, two ahead.
        supervision: { positions: 4, contextLength: 84, futureLength: 28 },
      },
      steps: 1300,
      evaluateEvery: 325,
    },
    dmt: { algorithm: { every: 8, gradientSteps: 4 }, steps: 200, evaluateEvery: 100 },
  },
  rollout: { sequences: 256 },
};
