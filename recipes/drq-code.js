// As drq-paper, with the fitness threshold that the authors' published command sets. It is asked before each iteration but
// the first. The imp that warms up round 1 has an equal share, 1.0, among imps: above 0.8. So rounds end there, after the
// warm-ups, 8 new warriors, one step, and what was under way. To see evolution, take drq-paper.

/** @type {import('primordia/redqueen').RedQueenInput} */
export default {
  extends: 'drq-paper',
  name: 'drq-code',
  description:
    "the paper's settings with the fitness threshold of its authors' code, which ends rounds early",
  fitnessThreshold: 0.8,
};
