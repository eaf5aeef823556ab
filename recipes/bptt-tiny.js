// The network of smt-tiny, with as many parameters, sequences and steps, unrolled.

/** @type {import('primordia/recurrent').RecurrentInput} */
export default {
  extends: 'bptt-retrieval',
  description: 'the network of smt-tiny, trained by backpropagation through time',
  task: { kind: 'retrieval', symbols: 8 },
  contextLength: 10,
  batchSize: 16,
  bptt: { steps: 380, evaluateEvery: 76 },
};
