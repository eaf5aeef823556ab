// Verdicts in full sentences that claim no more than a comparison shows: controls before causes.

import { plural } from '../core/index.ts';
import { type ArmEstimate, type Comparison, type Difference, isShown } from './statistics.ts';

/** What is measured. */
export type Metric = {
  /** `held-out loss` */
  readonly name: string;
  /** Of differences: `nats per token`; empty for none. */
  readonly unit: string;
  /** What differences are multiplied by for this unit: those of shares are in points. */
  readonly factor: number;
  readonly better: 'lower' | 'higher';
  /** Digits after the point. */
  readonly digits: number;
};

/** An arm that has everything of the treatment except the claimed cause. */
export type Control = {
  /** The treatment against the control. */
  readonly treatment: Comparison;
  /** The control against the baseline; null if that is not compared. */
  readonly baseline: Comparison | null;
};

export type VerdictOptions = {
  readonly metric: Metric;
  /** The treatment against the baseline. */
  readonly difference: Comparison;
  readonly controls: readonly Control[];
  /** What the treatment has and its controls lack: `the dynamics`; null if no cause is claimed. */
  readonly cause: string | null;
  /** The arms that are named, for how many of their runs diverged. */
  readonly arms: readonly ArmEstimate[];
};

/**
 * Sentences on a treatment. A gain is due to its cause only if the treatment is also shown to be better than every control.
 *
 * @example `nca lowers held-out loss by 0.12 nats per token against scratch (95 % interval 0.05 to 0.19, 5 seeds,
 * p = .004, both adjusted for 3 comparisons), but its control shuffled does as well (difference 0.01 nats per token,
 * 95 % interval −0.04 to 0.06, 5 seeds, p = .61): the gain is not the dynamics’.`
 */
export function writeVerdict(options: VerdictOptions): string {
  const { metric, difference, controls, cause, arms } = options;
  return [`${judge(metric, difference, controls, cause)}.`, ...arms.flatMap(nameDiverged)].join(
    ' ',
  );
}

/**
 * Sentences on a treatment and its control only, if a gain against the baseline is another question.
 *
 * @example `gru nca does better than its control gru iid in held-out loss (difference −0.15 nats per token, 95 % interval
 * −0.20 to −0.10, 5 seeds, p = .004, both adjusted for 3 comparisons).`
 */
export function writeContrast(
  metric: Metric,
  comparison: Comparison,
  arms: readonly ArmEstimate[],
): string {
  return [`${judgeContrast(metric, comparison)}.`, ...arms.flatMap(nameDiverged)].join(' ');
}

function judgeContrast(metric: Metric, comparison: Comparison): string {
  if ('refused' in comparison) return comparison.refused;
  const { arm, against } = comparison;
  const does = isBetter(metric, comparison) ? 'does better than' : 'does worse than';
  const found = isShown(comparison) ? does : 'is not told apart from';
  return `${arm} ${found} its control ${against} in ${metric.name} (${describe(metric, comparison)}${nameFamily(comparison)})`;
}

function judge(
  metric: Metric,
  difference: Comparison,
  controls: readonly Control[],
  cause: string | null,
): string {
  if ('refused' in difference) return difference.refused;
  const { arm, against } = difference;
  if (!isShown(difference)) {
    return `${arm} is not told apart from ${against} in ${metric.name} (${describe(metric, difference)}${nameFamily(difference)})`;
  }
  const verb = difference.mean < 0 ? 'lowers' : 'raises';
  const by = `${amount(metric, difference.mean)}${unit(metric)}`;
  const change = `${arm} ${verb} ${metric.name} by ${by} against ${against} (${evidence(metric, difference)}${nameFamily(difference)})`;
  if (!isBetter(metric, difference)) return `${change}: it does worse`;
  if (controls.length > 0) {
    return `${change}, ${judgeControls(metric, controls, cause ?? arm)}`;
  }
  return cause === null
    ? change
    : `${change}; no control tells whether that is ${own(cause)} doing`;
}

/** Those that speak against the cause come first, and decide. */
function judgeControls(metric: Metric, controls: readonly Control[], cause: string): string {
  const beats = ({ treatment }: Control) => isShown(treatment) && isBetter(metric, treatment);
  const loses = ({ treatment }: Control) => isShown(treatment) && !isBetter(metric, treatment);
  const helps = ({ baseline }: Control) =>
    baseline !== null && isShown(baseline) && isBetter(metric, baseline);
  const compared = controls.filter(({ treatment }) => !('refused' in treatment));
  const equal = compared.filter((control) => !beats(control));
  const asGood = equal.filter((control) => loses(control) || helps(control));
  if (asGood.length > 0) {
    const said = asGood.map((control) => {
      const { treatment } = control;
      const how = loses(control) ? 'does better' : 'does as well';
      return `its control ${treatment.against} ${how} (${describe(metric, treatment as Difference)})`;
    });
    return `but ${join(said)}: the gain is not ${own(cause)}`;
  }
  if (equal.length > 0) {
    const said = equal.map(
      ({ treatment }) =>
        `its control ${treatment.against} (${describe(metric, treatment as Difference)})`,
    );
    return `but it is not told apart from ${join(said)}: that the gain is ${own(cause)} is not shown`;
  }
  if (compared.length < controls.length) {
    const refused = controls.flatMap(({ treatment }) =>
      'refused' in treatment ? [treatment.refused] : [],
    );
    return `but ${join(refused)}: that the gain is ${own(cause)} is not shown`;
  }
  const said = controls.map(
    ({ treatment }) =>
      `by ${amount(metric, (treatment as Difference).mean)} against its control ${treatment.against} (${evidence(metric, treatment as Difference)})`,
  );
  const more = controls.length === 1 ? 'that control gives' : 'those controls give';
  return `and ${join(said)}: the gain is more than ${more}`;
}

/** `1 of 5 runs of nca diverged (seed 3) and is left out.` */
function nameDiverged({ name, seeds, diverged }: ArmEstimate): string[] {
  if (diverged.length === 0) return [];
  const runs = plural(seeds.length + diverged.length, 'run');
  const word = diverged.length === 1 ? 'seed' : 'seeds';
  const verb = diverged.length === 1 ? 'is' : 'are';
  return [
    `${diverged.length} of ${runs} of ${name} diverged (${word} ${join(diverged.map(String))}) and ${verb} left out.`,
  ];
}

function isBetter({ better }: Metric, difference: Difference): boolean {
  return better === 'lower' ? difference.mean < 0 : difference.mean > 0;
}

/** The difference and its interval, signed. */
function describe(metric: Metric, difference: Difference): string {
  return `difference ${format(metric, difference.mean)}${unit(metric)}, ${evidence(metric, difference, 1)}`;
}

/**
 * Interval, seeds and p value, adjusted.
 *
 * @param sign that the values are shown with; by default that of the difference, so that they lie around its amount
 */
function evidence(
  metric: Metric,
  { values, mean, familyInterval, adjustedP }: Difference,
  sign = Math.sign(mean),
): string {
  const seeds = plural(values.length, 'seed');
  if (values.every((value) => value === values[0])) {
    return `the same under each of ${seeds}, ${formatP(adjustedP)}`;
  }
  const [low, high] = familyInterval.map((end) => sign * end).sort((a, b) => a - b) as [
    number,
    number,
  ];
  return `95 % interval ${format(metric, low)} to ${format(metric, high)}, ${seeds}, ${formatP(adjustedP)}`;
}

/** What the interval and the p value are adjusted for; said once a sentence. */
function nameFamily({ comparisons }: Difference): string {
  return comparisons === 1 ? '' : `, both adjusted for ${comparisons} comparisons`;
}

function amount(metric: Metric, value: number): string {
  return format(metric, Math.abs(value));
}

function unit({ unit }: Metric): string {
  return unit === '' ? '' : ` ${unit}`;
}

/** With a minus sign; no zero is negative. */
function format({ factor, digits }: Metric, value: number): string {
  const text = Math.abs(factor * value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** `p = .004`, `p < .001` */
function formatP(p: number): string {
  if (p < 0.001) return 'p < .001';
  return `p = ${p.toFixed(p < 0.1 ? 3 : 2).replace(/^0/, '')}`;
}

/** `the dynamics’`, `the world’s` */
function own(cause: string): string {
  return cause.endsWith('s') ? `${cause}’` : `${cause}’s`;
}

function join(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
