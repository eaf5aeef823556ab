// As drq-k1, against the last 10 champions at once.

/** @type {import('primordia/redqueen').RedQueenInput} */
export default {
  extends: 'drq-k1',
  description: 'the paper’s question without a language model, at K = 10',
  opponents: { last: 10 },
};
