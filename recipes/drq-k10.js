// As drq-k1, against the last 10 champions at once.

/** @type {import('primordia/redqueen').RedQueenInput} */
export default {
  extends: 'drq-k1',
  description: 'ten rounds, genetic mutator, each round against the last 10 champions',
  opponents: { last: 10 },
};
