// What a run or a comparison of runs found, in numbers.

import { type GateResult, VERDICT_WORDS } from '../eval/index.ts';
import type { TextInfo } from '../training/data/prepare-text.ts';
import { BASELINE } from './compare-arms.ts';
import type { MetricsRow } from './metrics.ts';

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

/** What the gate found of the source that an arm's text stage begins with. */
export type ArmGate = {
  readonly arm: string;
  /** Name of the source that comes with the package; null for one that the arm trained itself. */
  readonly shipped: string | null;
  /** Tokens that the source was trained on. */
  readonly tokens: number;
  readonly gate: GateResult;
  /** Whether the text stage was not begun, because the source has learned less than is required. */
  readonly refused: boolean;
};

export type Summary = {
  readonly name: string;
  /** Of the first source; null when there was none. */
  readonly gate: GateResult | null;
  /** Of every arm that begins with a source: its own, or one that comes with the package. */
  readonly gates: readonly ArmGate[];
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
 * How arms ended, and what that can and cannot show; null where nothing is compared.
 *
 * @param gates of what the arms begin with
 */
export function describeComparison(
  arms: readonly Pick<ArmSummary, 'name' | 'seed' | 'textLoss'>[],
  gates: readonly ArmGate[],
): string | null {
  const evidence = describeEvidence(arms);
  const outcomes = gates.flatMap((gate) => describeOutcome(arms, gate) ?? []);
  return evidence === null ? null : [...outcomes, evidence].join(' ');
}

/** An arm beside the baseline of its seed, with what its source has learned, in a sentence. */
function describeOutcome(
  arms: readonly Pick<ArmSummary, 'name' | 'seed' | 'textLoss'>[],
  { arm: name, gate, refused }: ArmGate,
): string | null {
  const learned = `source ${VERDICT_WORDS[gate.verdict]}`;
  if (refused) {
    return `The arm ${name} was not trained on text: its ${learned}, and requireGate asks for more.`;
  }
  const arm = arms.find((candidate) => candidate.name === name);
  const baseline = arms.find(
    (candidate) => candidate.name === BASELINE && candidate.seed === arm?.seed,
  );
  if (arm?.textLoss == null || baseline?.textLoss == null) return null;
  const nats = arm.textLoss - baseline.textLoss;
  const size = `its held-out loss ends ${Math.abs(nats).toFixed(3)} nats per token`;
  const end =
    Math.abs(nats) < 0.0005
      ? `ends level with ${BASELINE}`
      : nats < 0
        ? `does better than ${BASELINE}: ${size} lower`
        : `does worse than ${BASELINE}: ${size} higher`;
  return `The arm ${name}, whose ${learned}, ${end}.`;
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
