// The paper's ablation: an archive of one niche, so that only the fittest lives on.

/** @type {import('primordia/redqueen').RedQueenInput} */
export default {
  extends: 'drq-k1',
  description: 'ten rounds, genetic mutator, an archive of a single niche',
  archive: { axes: [] },
};
