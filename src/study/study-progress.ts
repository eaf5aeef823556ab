// The progress of a study: steps of its jobs, how many are done, and the time left.

import type { Listener, RunEvent } from '../run/events.ts';
import type { StudyJob } from './plan.ts';
import type { StagedRecipe } from './split-recipe.ts';

export type StudyProgress = {
  /** Sets the jobs, also when they change because values have been chosen. */
  readonly setJobs: (jobs: readonly StudyJob[]) => void;
  /** Passes on an event of a job. */
  readonly tell: (id: string, event: RunEvent) => void;
  /** Notes the end of a job. */
  readonly finish: (id: string) => void;
};

type ProgressOptions = {
  readonly workers: number;
  readonly listener: Listener;
  /** Whether a job had ended before. */
  readonly hasEnded: (job: StudyJob) => boolean;
  /** Whether an earlier process has worked on a job. */
  readonly hasBegun: (job: StudyJob) => boolean;
};

/**
 * The time left is estimated from steps times tokens, which is about the cost of a stage. The work of earlier processes does not
 * count for the speed of this one.
 */
export function createStudyProgress({
  workers,
  listener,
  hasEnded,
  hasBegun,
}: ProgressOptions): StudyProgress {
  const beganMs = performance.now();
  let jobs = new Map<string, StudyJob>();
  const left = new Map<string, number>();
  /** Jobs that resume the work of an earlier process, until they report their step. */
  const resumed = new Set<string>();
  let spent = 0;
  const etaSeconds = (tokensPerSecond?: number) => {
    const open = [...left.values()].reduce((a, b) => a + b, 0);
    if (open === 0) return 0;
    if (spent > 0) return ((performance.now() - beganMs) / 1000) * (open / spent);
    // Nothing is done yet: assume that all parallel jobs are as fast as the reporting one.
    return tokensPerSecond ? open / (tokensPerSecond * Math.min(workers, left.size)) : 0;
  };
  const setLeft = (id: string, cost: number) => {
    spent += Math.max(0, (left.get(id) ?? 0) - cost);
    if (cost === 0) left.delete(id);
    else left.set(id, cost);
  };
  return {
    setJobs: (list) => {
      jobs = new Map(list.map((job) => [job.id, job]));
      for (const id of left.keys()) if (!jobs.has(id)) left.delete(id);
      for (const job of list) {
        if (hasEnded(job)) left.delete(job.id);
        else if (!left.has(job.id)) {
          left.set(job.id, costLeft(job.recipe, null));
          if (hasBegun(job)) resumed.add(job.id);
        }
      }
      listener({ kind: 'study-begins', done: jobs.size - left.size, total: jobs.size });
    },
    tell: (id, event) => {
      const { label, recipe, after } = jobs.get(id)!;
      if (event.kind === 'step') {
        if (resumed.delete(id)) left.set(id, costLeft(recipe, event));
        else setLeft(id, costLeft(recipe, event));
        listener({
          ...withNumbers(event),
          arm: label,
          etaSeconds: etaSeconds(event.tokensPerSecond),
        });
      } else if (event.kind === 'message') {
        listener({ kind: 'message', text: `${label}: ${event.text}` });
        // The gate of a job's source was reported by the job before.
      } else if (event.kind === 'gate' && after.length === 0) listener({ ...event, arm: label });
    },
    finish: (id) => {
      if (!left.has(id)) return;
      setLeft(id, 0);
      const done = jobs.size - left.size;
      listener({
        kind: 'job',
        job: jobs.get(id)!.label,
        done,
        total: jobs.size,
        workers,
        etaSeconds: etaSeconds(),
      });
    },
  };
}

type Step = Extract<RunEvent, { kind: 'step' }>;

/** Jobs elsewhere report in JSON, which has no numbers that are not finite. */
function withNumbers(event: Step): Step {
  const { loss, gradientNorm } = event as { [K in keyof Step]: Step[K] | null };
  return { ...event, loss: loss ?? Number.NaN, gradientNorm: gradientNorm ?? Number.NaN };
}

/** The assumed sequence length if the data decide it. */
const USUAL_LENGTH = 128;

/** Tokens that a run still has to see; all of them before its first step. At least 1 until it has ended. */
function costLeft(
  recipe: StagedRecipe,
  at: { readonly stage: string; readonly step: number } | null,
): number {
  const run = recipe as { readonly contextLength?: unknown; readonly batchSize?: unknown };
  let cost = 0;
  for (const [name, stage] of Object.entries(recipe.stages ?? {})) {
    const length = Number(stage.contextLength ?? run.contextLength ?? USUAL_LENGTH);
    const tokens = length * Number(stage.batchSize ?? run.batchSize ?? 1);
    if (name === at?.stage) cost = 0;
    cost += tokens * (Number(stage.steps ?? 1) - (name === at?.stage ? at.step : 0));
  }
  return Math.max(1, cost);
}
