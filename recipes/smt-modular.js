// Infer y = (slope x + offset) mod 5 from points, by a network that is never unrolled in training.

/** @type {import('primordia/training').RecipeInput} */
export default {
  extends: 'smt-retrieval',
  description: 'modular arithmetic in context by SMT and DMT: a line mod 5 from points on it',
  data: { kind: 'modular', modulus: 5 },
  // Points are pairs: n of them are 2n tokens, of which the last is a target alone.
  contextLength: 15,
  model: { memoryTokens: 4 },
};
