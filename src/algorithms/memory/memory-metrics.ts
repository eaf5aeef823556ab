// Descriptions of the held-out measures of networks with a memory (`measureMemories`).

import type { MetricInfo } from '../algorithm.ts';

const loss = (subject: string, description: string): MetricInfo => ({
  unit: 'nats',
  title: `${subject} loss`,
  description,
  subject,
});
const share = (subject: string, description: string): MetricInfo => ({
  unit: 'share',
  title: `${subject} accuracy`,
  description,
  subject,
});
const ROLLED_OUT = 'rolled-out';
const ONE_STEP = 'one-step';
const TEACHERS = "teacher's";

/** Measures of the network by itself. */
export const ROLLED_OUT_METRICS = {
  rolledOutLoss: loss(ROLLED_OUT, "read out of the network's own memories"),
  rolledOutAccuracy: share(ROLLED_OUT, 'targets that its own memories find most probable'),
  effectiveRank: {
    unit: 'directions',
    title: 'effective rank',
    description: 'directions in which its memories vary (participation ratio)',
    subject: ROLLED_OUT,
  },
} as const satisfies Record<string, MetricInfo>;

/** Measures of the network and its teacher. */
export const TAUGHT_METRICS = {
  ...ROLLED_OUT_METRICS,
  oneStepLoss: loss(ONE_STEP, "read out a step after the teacher's memory"),
  oneStepAccuracy: share(ONE_STEP, "targets found most probable a step after the teacher's memory"),
  teacherLoss: loss(TEACHERS, "read out of the teacher's memories"),
  teacherAccuracy: share(TEACHERS, "targets that the teacher's memories find most probable"),
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
    subject: TEACHERS,
  },
} as const satisfies Record<string, MetricInfo>;

export const MEMORY_GRADIENTS: MetricInfo = {
  unit: '',
  title: 'gradient by position',
  description:
    "norm of the gradient of a sequence's loss with regard to the memory after each token",
};
