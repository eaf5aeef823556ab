// The main job within four minutes on two cores.
/** @type {import('primordia/study').StudyInput} */
export default {
  kind: 'study',
  name: 'quickstart',
  description:
    'NCA sequences, then English text, beside a source that comes with the package and scratch; the gate says what each source has learned',
  seeds: [0],
  base: { extends: 'nca-text' },
  axes: {
    arm: {
      nca: {},
      'nca-dynamics': { stages: { source: null, text: { start: { from: 'nca-dynamics' } } } },
      scratch: { stages: { source: null } },
    },
  },
  baseline: { arm: 'scratch' },
};
