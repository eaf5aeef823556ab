// What a run or a comparison of runs found, in numbers.

import type { GateResult } from '../eval/index.ts';
import type { MetricsRow } from './metrics.ts';
import type { TextInfo } from './text-stage.ts';

/** One arm of a comparison under one seed. */
export type ArmSummary = {
  readonly name: string;
  readonly seed: number;
  /** Final held-out loss in nats per token, null when there was no text stage. */
  readonly textLoss: number | null;
  readonly bitsPerByte: number | null;
  /** Held-out text loss by text tokens seen: [tokens, nats per token]. */
  readonly curve: readonly (readonly [number, number])[];
};

export type Summary = {
  readonly name: string;
  /** Of the source stage; null when there was none. */
  readonly gate: GateResult | null;
  readonly arms: readonly ArmSummary[];
  readonly seconds: number;
};

/**
 * An arm from its metrics.
 *
 * @param finished whether the last held-out loss is the final one
 * @param text what its text holds; null where the recipe has no text stage
 */
export function summarizeArm(
  name: string,
  seed: number,
  rows: readonly MetricsRow[],
  text: TextInfo | null,
  finished = true,
): ArmSummary {
  const curve = metricCurve(rows, 'text', 'heldOutLoss');
  const textLoss = finished ? (curve.at(-1)?.[1] ?? null) : null;
  const bitsPerByte =
    textLoss === null || text === null
      ? null
      : (textLoss * text.validationTokens) / (Math.LN2 * text.validationBytes);
  return { name, seed, textLoss, bitsPerByte, curve };
}

/** The points [tokens, value] of one metric of a stage. */
export function metricCurve(
  rows: readonly MetricsRow[],
  stage: string,
  metric: 'loss' | 'heldOutLoss',
): [number, number][] {
  return rows.flatMap((row) =>
    row.stage === stage && typeof row[metric] === 'number'
      ? [[row.tokens as number, row[metric] as number] satisfies [number, number]]
      : [],
  );
}

/**
 * What the number of seeds behind a comparison can and cannot show, in one sentence; null where
 * nothing is compared.
 */
export function describeEvidence(
  arms: readonly Pick<ArmSummary, 'name' | 'seed' | 'textLoss'>[],
): string | null {
  const measured = arms.filter(({ textLoss }) => textLoss !== null);
  const names = new Set(measured.map(({ name }) => name));
  if (names.size < 2) return null;
  const seeds = new Set(measured.map(({ seed }) => seed)).size;
  if (seeds > 1) {
    return (
      `${seeds} paired seeds at this size: read the interval, not the mean; ` +
      'another corpus, model size or budget may tell otherwise.'
    );
  }
  return (
    'One seed at this size shows that the pipeline works and what a difference looks like; it cannot ' +
    'show that one arm is better: seeds alone move the loss by some hundredths of a nat, and no ' +
    'control was run.'
  );
}
