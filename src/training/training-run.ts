// A training run in progress.

import type { Listener } from '../run/events.ts';
import type { MetricsWriter } from '../run/metrics.ts';
import type { RunPaths } from '../run/run-folder.ts';
import type { Device } from '../tensor/index.ts';
import type { Prepared } from './prepare.ts';

/** The parts of a run that its stages share. */
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
