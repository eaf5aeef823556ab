// A run of a recurrent network in a few seconds, through both of its stages.

export const STAGE = { steps: 12, evaluateEvery: 6 };
export const TINY_RECURRENT = {
  name: 'tiny',
  description: 'a word of the story',
  data: { kind: 'characters', files: ['story.txt'] },
  contextLength: 12,
  batchSize: 4,
  heldOutSequences: 8,
  model: {
    kind: 'recurrent-transformer',
    hiddenSize: 8,
    memoryTokens: 2,
    decoderLayers: 1,
    cellLayers: 1,
  },
  stages: {
    smt: { algorithm: { kind: 'smt', encoderLayers: 1 }, ...STAGE },
    dmt: {
      algorithm: { kind: 'dmt', every: 4, gradientSteps: 2 },
      ...STAGE,
      start: { from: 'smt', keep: 'all' },
    },
  },
  rollout: { length: 20, sequences: 4 },
  checkpoint: { everySteps: 4 },
  // On graphs this small a second thread only waits.
  engine: { threads: 1 },
};
