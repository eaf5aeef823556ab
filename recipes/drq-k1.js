// The paper's question at small size and without a language model: does fighting only the last champion make generalists?

/** @type {import('primordia/redqueen').RedQueenInput} */
export default {
  kind: 'redqueen',
  name: 'drq-k1',
  description: 'the paper’s question without a language model, at K = 1',
  rounds: 10,
  iterations: 120,
  simulations: 10,
  opponents: { initial: ['imp'], last: 1 },
};
