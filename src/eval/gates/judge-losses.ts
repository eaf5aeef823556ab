// The verdict on a source model: what it has learned, judged by comparing its losses with those of predictors.

import { confidenceInterval95, mean } from '../../core/index.ts';
import type { PredictorKind } from './create-predictors.ts';

/**
 * - `nothing`: not below the global baselines;
 * - `statistics`: below them, not below the best blind predictor by more than its 95 % interval;
 * - `dynamics`: below that one too.
 */
export type Verdict = 'nothing' | 'statistics' | 'dynamics';

/** What a model has learned, in words. */
export const VERDICT_WORDS: Record<Verdict, string> = {
  nothing: 'has learned nothing of its world',
  statistics: 'has learned statistics of its world, not its dynamics',
  dynamics: 'has learned the dynamics of its world',
};

/** Weakest first. */
export const VERDICTS = ['nothing', 'statistics', 'dynamics'] as const satisfies readonly Verdict[];

/** A verdict that a recipe may require. */
export type GateRequirement = Exclude<Verdict, 'nothing'>;

/** What `requireGate` can ask for, the weaker first. */
export const GATE_REQUIREMENTS = ['statistics', 'dynamics'] as const satisfies GateRequirement[];

/** Losses of a predictor on the held-out sequences. */
export type BaselineLosses = {
  readonly name: string;
  readonly kind: PredictorKind;
  /** Nats per target, a mean per sequence. */
  readonly losses: readonly number[];
};

export type Judgment = {
  readonly verdict: Verdict;
  /** Whether the world is a control, whose verdict is at most `statistics`, since it contains nothing else. */
  readonly control: boolean;
  /** Nats per target of the model, mean over sequences. */
  readonly loss: number;
  /** The best of the predictors of each kind; null if there is none. */
  readonly bestGlobal: NamedLoss | null;
  readonly bestBlind: NamedLoss | null;
  readonly bestLookup: NamedLoss | null;
  /**
   * The model's loss minus that of the best blind predictor, sequence by sequence: its mean and 95 % interval (Student's
   * t; null for a single sequence).
   */
  readonly margin: { readonly mean: number; readonly interval: readonly [number, number] | null };
  /**
   * How much of the way from the best blind predictor to the best look-up the model has gone: below 0 before the former,
   * above 1 beyond the latter. Null if the look-ups are not better.
   */
  readonly share: number | null;
  /** One sentence per clause; a clause that does not hold says NOT. */
  readonly reasons: readonly string[];
};

export type NamedLoss = { readonly name: string; readonly loss: number };

export type JudgeOptions = {
  /** Whether the world is a control, whose verdict is at most `statistics`. */
  readonly control?: boolean;
  /**
   * If rules come again or one law holds: the training sequences that the predictors remember, and the different ones that the
   * model was trained on. If the predictors remember fewer, statistics of the others could put the model below them, so the
   * verdict is at most `statistics`. Null if rules are fresh, since there is nothing to remember.
   */
  readonly memory?: Memory | null;
};

type Memory = { readonly remembered: number; readonly trained: number };

/**
 * Judges a model by its losses and those of predictors on the same targets. Pure.
 *
 * @param model nats per target, a mean per sequence; at least one sequence
 * @param baselines as many sequences each, in the same order
 */
export function judgeLosses(
  model: readonly number[],
  baselines: readonly BaselineLosses[],
  { control = false, memory = null }: JudgeOptions = {},
): Judgment {
  const loss = mean(model);
  const [global, blind, lookup] = (['global', 'blind', 'lookup'] as const).map((kind) =>
    findBest(baselines.filter((baseline) => baseline.kind === kind)),
  );
  const margin = measureMargin(model, blind?.losses ?? []);
  const isBelowGlobal = global === undefined ? Number.isFinite(loss) : loss < global.loss;
  const isBelowBlind = margin.interval !== null && margin.interval[1] < 0;
  const forgotten = memory !== null && memory.remembered < memory.trained ? memory : null;
  const isCapped = control || forgotten !== null;
  const learned: Verdict = isBelowBlind && !isCapped ? 'dynamics' : 'statistics';
  const toGain = blind && lookup ? blind.loss - lookup.loss : 0;
  const share = toGain > 0 && Number.isFinite(loss) ? -margin.mean / toGain : null;
  const name = (best: typeof blind) => (best ? { name: best.name, loss: best.loss } : null);
  const judged = {
    verdict: isBelowGlobal ? learned : ('nothing' satisfies Verdict as Verdict),
    control,
    loss,
    bestGlobal: name(global),
    bestBlind: name(blind),
    bestLookup: name(lookup),
    margin,
    share,
  };
  return { ...judged, reasons: explain(judged, model.length, forgotten) };
}

/** Whether a verdict is what a recipe requires. Nothing is required of a control. */
export function meetsRequirement(
  { verdict, control }: Pick<Judgment, 'verdict' | 'control'>,
  required: GateRequirement | undefined,
): boolean {
  if (required === undefined || control) return true;
  return VERDICTS.indexOf(verdict) >= VERDICTS.indexOf(required);
}

function findBest(baselines: readonly BaselineLosses[]) {
  const measured = baselines
    .map(({ name, losses }) => ({ name, losses, loss: mean(losses) }))
    .filter(({ loss }) => Number.isFinite(loss));
  return measured.sort((a, b) => a.loss - b.loss)[0];
}

function measureMargin(model: readonly number[], blind: readonly number[]): Judgment['margin'] {
  const differences = model.map((loss, i) => loss - blind[i]!);
  return { mean: mean(differences), interval: confidenceInterval95(differences) };
}

const nats = (loss: number) => loss.toFixed(3);
const signed = (loss: number) => `${loss < 0 ? '−' : '+'}${Math.abs(loss).toFixed(3)}`;

function explain(
  judged: Omit<Judgment, 'reasons'>,
  sequences: number,
  forgotten: Memory | null,
): string[] {
  const { loss, bestGlobal, bestBlind, bestLookup, margin, control, share } = judged;
  if (!Number.isFinite(loss)) return ["The model's loss is NOT a number."];
  const reasons: string[] = [];
  if (bestGlobal) {
    const word = loss < bestGlobal.loss ? 'is below' : 'is NOT below';
    reasons.push(
      `Held-out loss ${nats(loss)} ${word} the global baselines ` +
        `(${bestGlobal.name}: ${nats(bestGlobal.loss)} nats per target).`,
    );
  }
  if (bestBlind) {
    reasons.push(
      `It is ${describeMargin(margin)} the best predictor that knows no dynamics ` +
        `(${bestBlind.name}: ${nats(bestBlind.loss)}): ${describeInterval(margin, sequences)}.`,
    );
  }
  if (control) {
    reasons.push(
      'The world is a control: it holds nothing but frequencies of tokens, so the verdict is at most statistics.',
    );
  }
  if (forgotten) {
    const [remembered, trained] = [forgotten.remembered, forgotten.trained].map((count) =>
      count.toLocaleString('en-US'),
    );
    reasons.push(
      `Rules come again, and the predictors remember ${remembered} of the ${trained} sequences it was trained on: a loss ` +
        'below theirs is NOT evidence of dynamics, so the verdict is at most statistics.',
    );
  }
  if (bestBlind && bestLookup && share !== null) {
    reasons.push(
      `From there to the best look-up (${bestLookup.name}: ${nats(bestLookup.loss)}) it has gone ` +
        `${describeShare(share)}.`,
    );
  }
  return reasons;
}

function describeMargin({ mean: difference, interval }: Judgment['margin']): string {
  if (interval !== null && interval[1] < 0) return 'below';
  return difference < 0 ? 'NOT below, by more than its interval,' : 'NOT below';
}

function describeInterval({ mean: difference, interval }: Judgment['margin'], sequences: number) {
  if (interval === null) {
    return `${signed(difference)} nats, and one sequence gives no interval`;
  }
  return (
    `${signed(difference)} nats, 95 % interval ${signed(interval[0])} to ${signed(interval[1])} ` +
    `over ${sequences} sequences`
  );
}

/** `34 % of the way`; `none of the way` for a model that is not past the start. */
export function describeShare(share: number): string {
  if (share <= 0) return 'none of the way';
  return `${(100 * share).toFixed(0)} % of the way`;
}
