// An arms race without a language model, in under a minute: ten rounds against the last three champions.

/** @type {import('primordia/redqueen').RedQueenInput} */
export default {
  kind: 'redqueen',
  name: 'drq-tiny',
  description: 'a small arms race between programs, to see one work',
  rounds: 10,
  iterations: 120,
  simulations: 10,
  opponents: { initial: ['imp'], last: 3 },
};
