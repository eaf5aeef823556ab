// A training run under way.

import type { Listener } from '../run/events.ts';
import type { MetricsWriter } from '../run/metrics.ts';
import type { RunPaths } from '../run/run-folder.ts';
import type { Device } from '../tensor/index.ts';
import type { Prepared } from './prepare.ts';

/** What the stages of a run share. */
export type TrainingRun = {
  readonly prepared: Prepared;
  readonly paths: RunPaths;
  readonly device: Device;
  readonly metrics: MetricsWriter;
  readonly label: string;
  readonly signal: AbortSignal;
  readonly listener: Listener;
  readonly elapsedSeconds: () => number;
  readonly requireFolder: () => void;
};
