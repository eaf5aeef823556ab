// Images pixel by pixel, by a network that is never unrolled in training.

/** @type {import('primordia/recurrent').RecurrentInput} */
export default {
  extends: 'smt-retrieval',
  description: 'images in raster order by SMT and DMT; give the file with --set task.file=...',
  // MNIST at a quarter of its side: 7 by 7 pixels, 8 gray levels.
  task: { kind: 'images', shrink: 4, levels: 8 },
  contextLength: undefined,
  heldOutSequences: 64,
  model: { hiddenSize: 64, memoryTokens: 4 },
  smt: { steps: 1300, evaluateEvery: 325, weights: { dynamics: 1, uniformity: 0.01 } },
  dmt: { steps: 200, evaluateEvery: 100 },
  rollout: { sequences: 256 },
};
