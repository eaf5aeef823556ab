// Which part of the source model carries something over: attention, MLP or norms alone.
import { base, scratch, startWith } from './study-base.mjs';

const only = (...modules) => startWith({ keep: { modules } });

/** @type {import('primordia/study').StudyInput} */
export default {
  kind: 'study',
  name: 'nca-components',
  description: 'transfer of one component at a time from the same NCA model, five paired seeds',
  base,
  axes: {
    arm: {
      scratch,
      all: {},
      attention: only('attention'),
      'query-key': only('query', 'key'),
      mlp: only('mlp'),
      norms: only('norms'),
    },
  },
  baseline: { arm: 'scratch' },
};
