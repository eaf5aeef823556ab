// Descriptions of the held-out measures of networks with a memory (`measureMemories`).

import type { MetricInfo } from '../algorithm.ts';

const loss = (title: string, description: string): MetricInfo => ({
  unit: 'nats',
  title,
  description,
});
const share = (title: string, description: string): MetricInfo => ({
  unit: 'share',
  title,
  description,
});

/** Measures of the network by itself. */
export const ROLLED_OUT_METRICS = {
  rolledOutLoss: loss('rolled-out loss', "read out of the network's own memories"),
  rolledOutAccuracy: share(
    'rolled-out accuracy',
    'targets that its own memories find most probable',
  ),
  effectiveRank: {
    unit: 'directions',
    title: 'effective rank',
    description: 'directions in which its memories vary (participation ratio)',
  },
} as const satisfies Record<string, MetricInfo>;

/** Measures of the network and its teacher. */
export const TAUGHT_METRICS = {
  ...ROLLED_OUT_METRICS,
  oneStepLoss: loss('one-step loss', "read out a step after the teacher's memory"),
  oneStepAccuracy: share(
    'one-step accuracy',
    "targets found most probable a step after the teacher's memory",
  ),
  teacherLoss: loss("teacher's loss", "read out of the teacher's memories"),
  teacherAccuracy: share(
    "teacher's accuracy",
    "targets that the teacher's memories find most probable",
  ),
  drift: {
    unit: '',
    title: 'drift',
    description: "mean squared difference between the network's own memories and the teacher's",
  },
  driftAtEnd: {
    unit: '',
    title: 'drift at the end',
    description: 'the same after the last token of a sequence',
  },
  teacherRank: {
    unit: 'directions',
    title: "teacher's effective rank",
    description: "directions in which the teacher's memories vary (participation ratio)",
  },
} as const satisfies Record<string, MetricInfo>;

export const MEMORY_GRADIENTS: MetricInfo = {
  unit: '',
  title: 'gradient by position',
  description:
    "norm of the gradient of a sequence's loss with regard to the memory after each token",
};
