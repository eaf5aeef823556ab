// Keeps the progress of a command and shows it as it changes.

import type { Output } from '../output.ts';
import { type Advance, advance, beginProgress, planStages, type StagePlan } from './progress.ts';

export type Tracker = {
  /** Plans the work. */
  plan(stages: readonly StagePlan[]): void;
  /** Reports what is done, and shows it. */
  advance(change: Advance): void;
};

export type TrackerOptions = {
  /** The word for a stage. */
  readonly noun?: string;
  /** For work that is usually fast: progress is shown only after a moment. */
  readonly isQuick?: boolean;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
};

const QUICK_MS = { terminal: 500, plain: 5_000, json: Number.POSITIVE_INFINITY };

export function createTracker(
  output: Pick<Output, 'mode' | 'show'>,
  { noun, isQuick = false, now = () => performance.now() }: TrackerOptions = {},
): Tracker {
  const beganMs = now();
  let progress = beginProgress(beganMs, noun);
  return {
    plan(stages) {
      progress = planStages(progress, stages);
    },
    advance(change) {
      const nowMs = now();
      progress = advance(progress, change, nowMs);
      if (!isQuick || nowMs - beganMs >= QUICK_MS[output.mode]) output.show(progress, nowMs);
    },
  };
}
