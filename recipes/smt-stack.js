// Push and pop on a stack, by a network that is never unrolled in training.

/** @type {import('primordia/training').RecipeInput} */
export default {
  extends: 'smt-retrieval',
  description: 'a stack of 4 symbols over 32 tokens by SMT and DMT',
  data: { kind: 'stack' },
  model: { memoryTokens: 4 },
};
