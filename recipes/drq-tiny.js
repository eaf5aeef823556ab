// An arms race without a language model, in under a minute: to see that it works.

/** @type {import('primordia/redqueen').RedQueenInput} */
export default {
  kind: 'redqueen',
  name: 'drq-tiny',
  description: 'eight rounds of an arms race between programs, offline, in under a minute',
  rounds: 8,
  iterations: 150,
  simulations: 12,
  opponents: { initial: ['imp', 'dwarf'], last: 4 },
};
