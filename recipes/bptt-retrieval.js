// The network of smt-retrieval, with as many parameters, sequences and steps, unrolled.

/** @type {import('primordia/recurrent').RecurrentInput} */
export default {
  extends: 'smt-retrieval',
  description: 'the network of smt-retrieval, trained by backpropagation through time',
  smt: null,
  dmt: null,
  bptt: {
    // As many as SMT and DMT take together.
    steps: 1900,
    evaluateEvery: 380,
    optimizer: {
      learningRate: 3e-3,
      weightDecay: 0.01,
      schedule: { kind: 'cosine', warmup: 0.05, final: 0.1 },
    },
  },
};
