// Which complexity of rules serves best: one source a fifth of all rules, from the simplest to the most complex.
import { base, scratch, sourceOf } from './study-base.mjs';

const bands = Object.fromEntries(
  [0, 20, 40, 60, 80].map((low) => [
    `rules-${low}-${low + 20}`,
    sourceOf({ kind: 'nca', band: { kind: 'percentile', low, high: low + 20 } }),
  ]),
);

/** @type {import('primordia/study').StudyInput} */
export default {
  kind: 'study',
  name: 'nca-bands',
  description:
    'a sweep over the complexity of rules, by percentile of the gzip ratio, five paired seeds',
  base,
  axes: { arm: { scratch, ...bands } },
  baseline: { arm: 'scratch' },
};
