// A small study of recurrent networks, whose baseline chooses its learning rate.

import { STAGE, TINY_RECURRENT } from './tiny-recurrent.ts';

const { name: _, contextLength: __, description: ___, ...base } = TINY_RECURRENT;
/** The stage of its baseline. */
export const BPTT = { algorithm: { kind: 'next-token' }, ...STAGE };
export const MEMORIES = {
  name: 'small',
  seeds: [0, 1],
  base: {
    ...base,
    data: { kind: 'copy', symbols: 3 },
    contextLength: 4,
    rollout: { sequences: 8 },
  },
  axes: {
    length: { 4: {} },
    algorithm: { smt: {}, bptt: { stages: { smt: null, dmt: null, bptt: BPTT } } },
  },
  baseline: { algorithm: 'bptt' },
  metric: 'rollout.accuracy',
  tuning: {
    where: { algorithm: 'bptt' },
    key: 'stages.bptt.optimizer.learningRate',
    values: [0.001, 0.01],
  },
};
