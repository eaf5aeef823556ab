// Which complexity of rules serves best: one source a fifth of all rules, from the simplest to the most complex.
import { base } from './study-base.mjs';

const sources = Object.fromEntries(
  [0, 20, 40, 60, 80].map((low) => [
    `rules-${low}-${low + 20}`,
    { source: { world: { kind: 'nca', band: { kind: 'percentile', low, high: low + 20 } } } },
  ]),
);

/** @type {import('primordia/run').StudyInput} */
export default {
  name: 'nca-bands',
  description:
    'a sweep over the complexity of rules, by percentile of the gzip ratio, five paired seeds',
  base,
  sources,
  arms: {
    scratch: {},
    ...Object.fromEntries(Object.keys(sources).map((source) => [source, { from: source }])),
  },
};
