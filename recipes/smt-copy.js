// Say a string backwards, by a network that is never unrolled in training.

/** @type {import('primordia/training').RecipeInput} */
export default {
  extends: 'smt-retrieval',
  description: 'reversed copy of 8 symbols by SMT and DMT',
  data: { kind: 'copy', symbols: 8 },
  contextLength: 16,
  model: { memoryTokens: 4 },
};
