// What the recipes bptt-… have in common.

/**
 * The recipe `of` with its network unrolled: as many steps of the same sequences as SMT and DMT take together.
 *
 * @param {string} of
 * @param {number} steps
 */
export function unrolled(of, steps) {
  return {
    extends: of,
    description: `the network of ${of}, trained by backpropagation through time`,
    stages: {
      smt: null,
      dmt: null,
      bptt: {
        algorithm: { kind: 'next-token' },
        steps,
        evaluateEvery: Math.ceil(steps / 5),
        optimizer: {
          learningRate: 3e-3,
          weightDecay: 0.01,
          schedule: { kind: 'cosine', warmup: 0.05, final: 0.1 },
        },
      },
    },
  };
}
