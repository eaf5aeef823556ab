// A run of a recurrent network in a few seconds, through both of its stages.

export const STAGE = { steps: 12, evaluateEvery: 6 };
export const TINY_RECURRENT = {
  kind: 'recurrent',
  name: 'tiny',
  description: 'a word of the story',
  task: { kind: 'characters', files: ['story.txt'] },
  contextLength: 12,
  batchSize: 4,
  heldOutSequences: 8,
  model: { hiddenSize: 8, memoryTokens: 2, encoderLayers: 1, decoderLayers: 1, cellLayers: 1 },
  smt: STAGE,
  dmt: { ...STAGE, every: 4, gradientSteps: 2 },
  rollout: { length: 20, sequences: 4 },
  checkpoint: { everySteps: 4 },
  // On graphs this small a second thread only waits.
  engine: { threads: 1 },
};
