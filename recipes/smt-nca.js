// Tokens of neural cellular automata, by a network that is never unrolled in training; text can follow.

/** @type {import('primordia/training').RecipeInput} */
export default {
  extends: 'smt-chars',
  description: 'NCA tokens by SMT and DMT: smt-chars can start from it, by start.from',
  data: {
    kind: 'nca',
    colors: 3,
    grid: 8,
    patch: 2,
    band: { kind: 'absolute', low: 0.15, high: 1 },
  },
  // Sequences of NCA are as long as those of the text that follows.
  rollout: { length: 128, sequences: 64 },
};
