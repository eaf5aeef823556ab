// Tell the value of a key among pairs that were read, by a network that is never unrolled in training.

/** @type {import('primordia/training').RecipeInput} */
export default {
  extends: 'smt-retrieval',
  description: 'associative recall of 4 pairs by SMT and DMT',
  data: { kind: 'recall', keys: 8, values: 8 },
  contextLength: 10,
  model: { memoryTokens: 4 },
};
