// Which part of the source model carries something over: attention, MLP or norms alone.
import { base } from './study-base.mjs';

/** @type {import('primordia/run').StudyInput} */
export default {
  name: 'nca-components',
  description: 'transfer of one component at a time from the same NCA model, five paired seeds',
  base,
  sources: { nca: {} },
  arms: {
    scratch: {},
    all: { from: 'nca', transfer: { keep: { modules: ['attention', 'mlp', 'norms'] } } },
    attention: { from: 'nca', transfer: { keep: { modules: ['attention'] } } },
    'query-key': { from: 'nca', transfer: { keep: { modules: ['query', 'key'] } } },
    mlp: { from: 'nca', transfer: { keep: { modules: ['mlp'] } } },
    norms: { from: 'nca', transfer: { keep: { modules: ['norms'] } } },
  },
};
