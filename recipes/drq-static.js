// The control without an arms race: as many candidates as drq-k1, always against the same opponent.

/** @type {import('primordia/redqueen').RedQueenInput} */
export default {
  extends: 'drq-k1',
  description: 'the control without an arms race',
  opponents: { target: 'static' },
};
