// What a model does along sequences: gradients by distance, drift from a teacher, the finished model's free-running loss.

import { formatNumber, formatPercent, formatSigned } from '../chart/format.ts';
import type { LineSeries } from '../chart/index.ts';
import { confidenceInterval95, mean } from '../core/index.ts';
import type { RolloutMeasures } from '../training/measure-rollout.ts';
import type { NgramBaselines } from '../training/ngram-losses.ts';
import type { TrainingSummary } from '../training/summary.ts';
import type { Block, Section } from './types.ts';

/** The model's loss minus that of the better n-gram baseline, one value per sequence: mean and 95 % interval. */
function compareToNgrams(rollout: RolloutMeasures, baselines: NgramBaselines) {
  const differences = rollout.lossBySequence.map((loss, i) => loss - baselines.lossBySequence[i]!);
  return { mean: mean(differences), interval: confidenceInterval95(differences) };
}

/** Whether a model has learned more than n-grams give, beyond chance. */
function isLearned({ interval }: ReturnType<typeof compareToNgrams>): boolean {
  return interval !== null && interval[1] < 0;
}

/** The headline's sentence; null where nothing was rolled out, or there is nothing to compare with. */
export function writeRolloutResult({ rollout, baselines }: TrainingSummary): string | null {
  if (!rollout || !baselines) return null;
  const what = `${formatPercent(rollout.accuracy)} of targets right, loss ${formatNumber(rollout.loss)}`;
  return isLearned(compareToNgrams(rollout, baselines))
    ? `Free-running over ${rollout.length} tokens: ${what}.`
    : `Free-running it has learned no more than n-grams give: ${what}.`;
}

/** The finished model beside the n-gram baselines, and whether its loss rises along the rollout. */
export function describeRollout({ rollout, baselines }: TrainingSummary): Block[] {
  if (!rollout || !baselines) return [];
  const { slope, slopeInterval, slopeFrom } = rollout;
  const difference = compareToNgrams(rollout, baselines);
  const { unigramLoss, bigramLoss, unigramAccuracy, bigramAccuracy } = baselines;
  const best = formatPercent(Math.max(unigramAccuracy, bigramAccuracy ?? 0));
  const bounds = difference.interval?.map((x) => formatSigned(x)).join(' to ') ?? '–';
  const better = bigramLoss === null ? 'unigrams' : 'the better of the two';
  return [
    {
      kind: 'banner',
      tone: isLearned(difference) ? 'good' : 'bad',
      heading: `Free-running over ${rollout.length} tokens of ${rollout.sequences} held-out sequences, from its own initial state: loss ${formatNumber(rollout.loss)}`,
      items: [
        `N-gram baselines: ${formatNumber(unigramLoss)} nats (unigrams)${bigramLoss === null ? '' : ` and ${formatNumber(bigramLoss)} nats (bigrams)`}; their best guess is right in ${best} of targets. The model minus ${better}, on the same sequences: ${formatSigned(difference.mean)} (95 %: ${bounds}).`,
        ...(slope === null || !slopeInterval
          ? []
          : [
              `From ${slopeFrom} tokens on the loss changes by ${perThousand(slope)} nats per thousand tokens (95 %: ${slopeInterval.map(perThousand).join(' to ')}): it ${describeTrend(slope, slopeInterval)}.`,
            ]),
      ],
    },
  ];
}

/** Nats per thousand tokens, as they are written. */
function perThousand(value: number): string {
  return formatSigned(1000 * value, 2);
}

/** A change that is written as zero is none, however sure it is. */
function describeTrend(slope: number, [low, high]: readonly [number, number]): string {
  const isZero = (value: number) => Number((1000 * value).toFixed(2)) === 0;
  const isSure = low > 0 || high < 0;
  if (isZero(slope) && (isSure || (isZero(low) && isZero(high)))) return 'stays as it is';
  if (!isSure) return 'is not shown to rise or fall';
  return low > 0 ? 'rises' : 'falls';
}

/** Figures by position; none where nothing was measured by position. */
export function describePositions(summary: TrainingSummary): Section[] {
  const { rollout, baselines, stages } = summary;
  const blocks: Block[] = [
    ...drawGradients(
      stages.flatMap(({ name, gradients }) =>
        gradients
          ? [
              {
                name: `${name}, first step`,
                colorOf: name,
                points: gradients.first,
                dash: 'dashed' as const,
              },
              { name: `${name}, second half`, colorOf: name, points: gradients.late },
            ]
          : [],
      ),
    ),
    ...drawDrift(
      stages.flatMap(({ name, drift }) =>
        drift ? [{ name: `after ${name}`, colorOf: name, points: drift }] : [],
      ),
    ),
  ];
  const counted = rollout?.lossByPosition.filter((loss) => loss !== null).length ?? 0;
  if (rollout && counted > 1) {
    blocks.push({
      kind: 'figure',
      wide: true,
      chart: {
        kind: 'line',
        title: 'Loss along the rollout',
        xLabel: 'tokens read',
        yLabel: 'nats per target',
        height: 300,
        unlabelled: true,
        series: [
          {
            name: 'free-running',
            points: rollout.lossByPosition.map((loss, t) => [t + 1, loss] as const),
          },
        ],
        references: [
          { label: 'unigram', value: baselines?.unigramLoss ?? null },
          { label: 'bigram', value: baselines?.bigramLoss ?? null },
        ],
      },
      caption: `Mean over ${rollout.sequences} held-out sequences; the finished model has nothing but its own state. Dotted: n-gram baselines.`,
    });
  }
  return blocks.length === 0 ? [] : [{ heading: 'Along the sequence', blocks }];
}

/** On a logarithmic axis: a gradient that vanishes falls by orders of magnitude. */
export function drawGradients(
  series: readonly LineSeries[],
  title = 'Gradient against distance',
  colorOrder?: readonly string[],
): Block[] {
  if (series.every(({ points }) => points.length === 0)) return [];
  return [
    {
      kind: 'figure',
      chart: {
        kind: 'line',
        title,
        xLabel: 'tokens to the end of the sequence',
        yLabel: 'norm',
        logY: true,
        height: 300,
        series,
        colorOrder,
      },
      caption:
        'Norm of the gradient with regard to the state so many tokens before the end: of the sequence’s whole loss where it goes back through time, of what is decoded from that state where an algorithm trains without. Only the shapes compare.',
    },
  ];
}

export function drawDrift(series: readonly LineSeries[]): Block[] {
  if (series.length === 0) return [];
  return [
    {
      kind: 'figure',
      chart: {
        kind: 'line',
        title: 'Drift along the rollout',
        xLabel: 'tokens read',
        yLabel: 'mean squared',
        height: 300,
        series,
      },
      caption: 'Mean squared difference of the model’s own memory to the teacher’s.',
    },
  ];
}
