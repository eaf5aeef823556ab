// The progress of a command and the time left: plain data, with time as an argument.

/** A counted part of the work. */
export type StagePlan = {
  /** Its id among the stages. */
  readonly id: string;
  /** Shown before the count: `nca text`. */
  readonly name?: string;
  /** What is counted, in the plural: `steps`. */
  readonly unit: string;
  /** Null if it is not known. */
  readonly total: number | null;
  /** Relative cost of a unit among the stages, for example tokens per step; 1 unless set. */
  readonly cost?: number;
};

/** Speed in a unit that need not be the one that is counted: tokens per second where steps are. */
export type Rate = { readonly perSecond: number; readonly unit: string };

export type Stage = Required<StagePlan> & {
  readonly done: number;
  /** The part that was done before, which does not count for the speed. */
  readonly kept: number;
  /** When it began; null before that. */
  readonly beganMs: number | null;
  /** By the measured speed; null until there is one. */
  readonly secondsPerUnit: number | null;
  readonly rate: Rate | null;
  /** Further details: `loss 2.346`. */
  readonly details: readonly string[];
};

export type Progress = {
  /** What a stage is called: `stage 2 of 3`. */
  readonly noun: string;
  readonly stages: readonly Stage[];
  /** Index of the stage under way; those before it are over. −1 before the first. */
  readonly current: number;
  /** Time of the last report, or of its beginning. */
  readonly atMs: number;
};

export type Advance = {
  /** Id of the stage. */
  readonly stage: string;
  readonly done: number;
  /** The part that earlier processes have done; 0 by default. */
  readonly kept?: number;
  /** Where it is another than was planned. */
  readonly total?: number | null;
  readonly details?: readonly string[];
  /** The speed as measured by the work itself, null for none; by default the mean since the stage began. */
  readonly rate?: Rate | null;
  readonly etaSeconds?: number;
};

/** Nothing is known yet. */
export function beginProgress(nowMs: number, noun = 'stage'): Progress {
  return { noun, stages: [], current: -1, atMs: nowMs };
}

/** Adds the stages that are not planned yet, in their order, after the others. */
export function planStages(progress: Progress, plans: readonly StagePlan[]): Progress {
  const known = new Set(progress.stages.map(({ id }) => id));
  const added = plans.filter(({ id }) => !known.has(id)).map(toStage);
  return { ...progress, stages: [...progress.stages, ...added] };
}

function toStage(plan: StagePlan): Stage {
  return {
    name: '',
    cost: 1,
    ...plan,
    done: 0,
    kept: 0,
    beganMs: null,
    secondsPerUnit: null,
    rate: null,
    details: [],
  };
}

/** Advances the progress. A stage begins at the time of the last report of the one before it. */
export function advance(progress: Progress, change: Advance, nowMs: number): Progress {
  const current = progress.stages.findIndex(({ id }) => id === change.stage);
  const stage = progress.stages[current];
  if (!stage) throw new Error(`progress: no stage '${change.stage}' was planned`);
  const { done, kept = stage.kept, total = stage.total, details = stage.details } = change;
  const { etaSeconds } = change;
  const beganMs = stage.beganMs ?? progress.atMs;
  const seconds = (nowMs - beganMs) / 1000;
  const left = total === null ? 0 : total - done;
  const perSecond = done > kept && seconds > 0 ? (done - kept) / seconds : null;
  const measured = perSecond === null ? stage.secondsPerUnit : 1 / perSecond;
  // At the end there is nothing new to measure, so the last speed is kept.
  const told = left > 0 ? etaSeconds! / left : stage.secondsPerUnit;
  const secondsPerUnit = etaSeconds === undefined ? measured : (told ?? measured);
  const { rate = perSecond === null ? null : { perSecond, unit: stage.unit } } = change;
  const next: Stage = { ...stage, done, kept, total, details, beganMs, secondsPerUnit, rate };
  return { ...progress, stages: progress.stages.with(current, next), current, atMs: nowMs };
}

/** The stage under way, or the last one. */
export function currentStage({ stages, current }: Progress): Stage | null {
  return stages[current] ?? null;
}

/** Whether all of a stage is done. */
export function isComplete({ done, total }: Stage): boolean {
  return total !== null && done >= total;
}

/** Seconds until the stage under way ends, at its present speed; null if that is not known. */
export function stageEtaSeconds(progress: Progress, nowMs: number): number | null {
  const stage = currentStage(progress);
  if (!stage || stage.total === null || stage.secondsPerUnit === null) return null;
  const since = (nowMs - progress.atMs) / 1000;
  return Math.max(0, (stage.total - stage.done) * stage.secondsPerUnit - since);
}

/** Seconds until the last stage ends, where all cost as much as the one under way; null if that is not known. */
export function wholeEtaSeconds(progress: Progress, nowMs: number): number | null {
  const stage = currentStage(progress);
  const own = stageEtaSeconds(progress, nowMs);
  if (!stage || own === null) return null;
  const perCost = stage.secondsPerUnit! / stage.cost;
  return progress.stages
    .slice(progress.current + 1)
    .reduce<number | null>(
      (sum, { total, cost }) =>
        sum === null || total === null ? null : sum + total * cost * perCost,
      own,
    );
}
