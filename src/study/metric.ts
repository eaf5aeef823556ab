// The number of a run that a study compares.

import type { RunSummary, StageSummary } from '../run/experiment.ts';
import type { Metric } from './study-schema.ts';
import type { Metric as VerdictMetric } from './verdict.ts';

/** A run's number; null if it has none, or none yet. */
export function measureRun(summary: RunSummary, metric: Metric): number | null {
  const { name } = metric;
  const [group, key] = splitName(name);
  if (group === 'rollout') return finite(summary.rollout?.[key as 'loss' | 'accuracy']);
  const stage = findStage(summary, metric);
  if (group === 'measures') return finite(stage?.measures[key]);
  return finite(stage?.[name as 'loss' | 'bitsPerByte']);
}

/** The stage whose number is compared; the last one by default. */
export function findStage(
  { stages }: Pick<RunSummary, 'stages'>,
  { stage }: Pick<Metric, 'stage'>,
): StageSummary | undefined {
  return stage === null ? stages.at(-1) : stages.find(({ name }) => name === stage);
}

/** The name of a metric in verdicts. */
export function nameMetric({ name, better, stage }: Metric): VerdictMetric {
  const [group, key] = splitName(name);
  const isRollout = group === 'rollout';
  const what = name === 'bitsPerByte' ? 'loss' : key;
  const units: Record<string, string> = { loss: 'nats per target', bitsPerByte: 'bits per byte' };
  const scale =
    isRollout && key === 'accuracy'
      ? { unit: 'points', factor: 100, digits: 1 }
      : { unit: group === 'measures' ? '' : (units[key] ?? ''), factor: 1, digits: 3 };
  return {
    name: `${isRollout ? 'free-running' : 'held-out'} ${what}${stage === null ? '' : ` of ${stage}`}`,
    better,
    ...scale,
  };
}

/** A metric in words, for headings. */
export function describeMetric(metric: Metric): string {
  const { name, stage } = metric;
  const [group, key] = splitName(name);
  const words: Record<string, string> = {
    loss: 'final held-out loss in nats per target',
    bitsPerByte: 'final held-out loss in bits per byte',
    'rollout.loss': 'free-running loss of the finished model in nats per target',
    'rollout.accuracy': 'share of targets that the finished model, free-running, gets right',
  };
  const described = words[name] ?? (group === 'measures' ? `${key}, held out` : name);
  return stage === null ? described : `${described}, at the end of ${stage}`;
}

/** A measure's own name may hold dots. */
function splitName(name: string): [group: string, key: string] {
  const at = name.indexOf('.');
  return at < 0 ? ['', name] : [name.slice(0, at), name.slice(at + 1)];
}

function finite(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
