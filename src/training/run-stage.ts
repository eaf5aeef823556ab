// One stage of a run: steps, evaluations, metrics and checkpoints, from any step on.

import type { Learner, StepBatch } from '../algorithms/index.ts';
import { type Schedule, scheduleFactor } from '../optim/index.ts';
import { Diverged, type Listener, RunStopped } from '../run/events.ts';
import type { MetricsWriter } from '../run/metrics.ts';
import type { TokenBatch } from '../text/batches.ts';

export type Stage = {
  readonly name: string;
  readonly learner: Pick<Learner, 'step' | 'evaluate'>;
  readonly steps: number;
  readonly evaluateEvery: number;
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly tokensPerStep: number;
  /** Batch of a step: a pure function of its number. */
  readonly batch: (step: number) => StepBatch | Promise<StepBatch>;
  readonly heldOut: readonly TokenBatch[];
  /** Facts about the step, written once, with the first evaluation. */
  readonly facts?: Readonly<Record<string, number>> | undefined;
};

type StageContext = {
  readonly arm: string;
  readonly directory: string;
  readonly metrics: MetricsWriter;
  readonly listener: Listener;
  /** Stops the stage after the current step. */
  readonly signal: AbortSignal;
  readonly checkpointEvery: number;
  /** Is told what is done, for messages about lost processes. */
  readonly note: (at: string) => void;
  /** Saves the stage's learner after `step` steps. */
  readonly save: (step: number) => Promise<void>;
  /** Seconds that the run has taken so far, earlier processes included. */
  readonly elapsedSeconds: () => number;
};

/** Steps are reported as means over about this much time. */
const REPORT_EVERY_MS = 200;

/**
 * Runs a stage from step `first` to its end and saves it. Metrics rows of a step are written before
 * its checkpoint, so that a resumed run's file equals an uninterrupted one's except for times.
 *
 * @throws RunStopped if the signal fired; the stage is saved then
 */
export async function runStage(stage: Stage, first: number, context: StageContext): Promise<void> {
  if (first === 0) await evaluateStage(stage, 0, context);
  const pace = createPace(stage, first);
  let batch = first < stage.steps ? await stage.batch(first) : undefined;
  for (let step = first; step < stage.steps; step++) {
    const learningRate = stage.learningRate * scheduleFactor(stage.schedule, step, stage.steps);
    const beganMs = performance.now();
    const running = stage.learner.step(batch!, { step, learningRate });
    // The next batch is prepared while the device works on this one.
    const coming = nextBatch(stage, step);
    const [stepped, next] = await Promise.allSettled([running, coming]);
    batch = unwrap(next);
    const { loss, gradientNorm, parts, series } = unwrap(stepped);
    const done = step + 1;
    context.note(`stage '${stage.name}', step ${done}`);
    const evaluates = done % stage.evaluateEvery === 0 || done === stage.steps;
    const speed = pace(done);
    context.metrics.write({
      stage: stage.name,
      step: done,
      tokens: done * stage.tokensPerStep,
      loss,
      learningRate,
      gradientNorm,
      ...(parts ? { parts } : {}),
      // Series by position at every step would make up most of the file.
      ...(series && (evaluates || done === 1) ? { series } : {}),
      tokensPerSecond: Math.round(speed.tokensPerSecond),
      stepMs: Math.round((performance.now() - beganMs) * 10) / 10,
      elapsedSeconds: Math.round(context.elapsedSeconds() * 1000) / 1000,
    });
    if (speed.report || done === stage.steps) {
      context.listener({
        kind: 'step',
        arm: context.arm,
        stage: stage.name,
        step: done,
        steps: stage.steps,
        loss,
        learningRate,
        gradientNorm,
        tokensPerSecond: speed.tokensPerSecond,
        etaSeconds: speed.etaSeconds,
      });
    }
    const heldOutLoss = evaluates ? await evaluateStage(stage, done, context) : 0;
    // A loss of NaN stays NaN: continuing would waste time, and saving would replace good checkpoints.
    // If the gradient is not finite, this step's parameters are lost although its loss is finite.
    if (![loss, gradientNorm, heldOutLoss].every(Number.isFinite)) throw divergence(stage, done);
    const stopping = context.signal.aborted;
    if (done === stage.steps || stopping || done % context.checkpointEvery === 0) {
      await context.save(done);
    }
    if (stopping && done < stage.steps) throw new RunStopped(context.directory);
  }
}

/** An async function turns a throw into a rejection, which waits for the current step. */
async function nextBatch({ steps, batch }: Stage, step: number): Promise<StepBatch | undefined> {
  return step + 1 < steps ? batch(step + 1) : undefined;
}

function unwrap<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'fulfilled') return result.value;
  throw result.reason;
}

function divergence(stage: Pick<Stage, 'name'>, step: number): Diverged {
  return new Diverged(
    `stage '${stage.name}' diverged: a loss or the gradient of step ${step} is not a finite number`,
    {
      hint: `lower stages.${stage.name}.optimizer.learningRate, or set clipNorm; the metrics show where it started`,
    },
  );
}

async function evaluateStage(stage: Stage, step: number, context: StageContext): Promise<number> {
  const { loss: heldOutLoss, parts, series } = await stage.learner.evaluate(stage.heldOut);
  const tokens = step * stage.tokensPerStep;
  context.metrics.write({
    stage: stage.name,
    step,
    tokens,
    heldOutLoss,
    ...(parts ? { measures: parts, series } : {}),
    ...(step === 0 ? stage.facts : {}),
  });
  context.listener({
    kind: 'evaluation',
    arm: context.arm,
    stage: stage.name,
    step,
    tokens,
    heldOutLoss,
  });
  return heldOutLoss;
}

/** Speed over the last steps, and whether it is time to report. */
function createPace(stage: Pick<Stage, 'steps' | 'tokensPerStep'>, first: number) {
  const start = performance.now();
  let reported = start;
  return (done: number) => {
    const now = performance.now();
    const secondsPerStep = (now - start) / 1000 / (done - first);
    const report = now - reported >= REPORT_EVERY_MS;
    if (report) reported = now;
    return {
      report,
      tokensPerSecond: stage.tokensPerStep / secondsPerStep,
      etaSeconds: (stage.steps - done) * secondsPerStep,
    };
  };
}
