// Learning-rate schedules: pure functions of the step.

/** Shape of the learning rate over training. Lengths are fractions of all steps. */
export type Schedule =
  | { readonly kind: 'constant'; readonly warmup: number }
  | { readonly kind: 'cosine'; readonly warmup: number; readonly final: number }
  | {
      readonly kind: 'warmup-stable-decay';
      readonly warmup: number;
      readonly decay: number;
      readonly final: number;
    };

/**
 * The factor of the peak learning rate at step `step` of `steps` (counted from 0).
 * It rises linearly over the warm-up, reaching 1 at its last step, and falls to `final` at the last step.
 */
export function scheduleFactor(schedule: Schedule, step: number, steps: number): number {
  const warmupSteps = Math.round(schedule.warmup * steps);
  if (step < warmupSteps) return (step + 1) / warmupSteps;
  if (schedule.kind === 'constant') return 1;
  const decaySteps =
    schedule.kind === 'cosine' ? steps - warmupSteps : Math.round(schedule.decay * steps);
  const since = step + 1 - (steps - decaySteps);
  if (since <= 0) return 1;
  const progress = Math.min(1, since / Math.max(1, decaySteps));
  const shape = schedule.kind === 'cosine' ? (1 + Math.cos(Math.PI * progress)) / 2 : 1 - progress;
  return schedule.final + (1 - schedule.final) * shape;
}
