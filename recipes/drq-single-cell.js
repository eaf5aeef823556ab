// The paper's ablation: an archive of one niche, so that only the fittest lives on.

/** @type {import('primordia/redqueen').RedQueenInput} */
export default {
  extends: 'drq-k1',
  description: 'the paper’s ablation of the archive',
  archive: { axes: [] },
};
