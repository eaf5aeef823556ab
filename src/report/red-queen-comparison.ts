// The report of several arms races together: generality by round, convergence, cycles.

import { formatNumber, formatPercent, formatSigned } from '../chart/format.ts';
import type { Comparison, GroupComparison } from '../redqueen/index.ts';
import { type ComparedRun, describeOrigins } from './comparison-sections.ts';
import type { Cell, ReportPage, Section } from './types.ts';

export type RaceComparisonData = {
  readonly comparison: Comparison;
  readonly opponents: number;
  readonly rounds: number;
  /** Settings that differ between groups. */
  readonly settings: readonly string[];
  readonly groups: readonly {
    readonly label: string;
    /** Of the settings that differ. */
    readonly values: readonly string[];
    readonly runs: readonly {
      readonly folder: string;
      readonly recipe: string;
      readonly seed: number;
    }[];
  }[];
  /** What repeats each run. */
  readonly origins: readonly Pick<ComparedRun, 'label' | 'command' | 'provenance'>[];
};

/** Groups of runs that differ in their seed only, beside one another; intervals are Student's t over runs. */
export function compareRaces(data: RaceComparisonData): ReportPage {
  const { groups } = data.comparison;
  return {
    title: 'Arms races compared',
    subtitle: writeHeadline(groups),
    facts: [
      ['Groups', `${groups.length}`],
      ['Runs', `${groups.reduce((sum, { runs }) => sum + runs, 0)}`],
      ['Held-out warriors', `${data.opponents}`],
      ['Rounds per duel', `${data.rounds}`],
    ],
    sections: [
      describeEvidence(data),
      describeGenerality(groups),
      describeConvergence(groups),
      describeOrigins(data.origins),
    ],
    footer:
      'Written by Primordia. Intervals are 95 %, Student’s t over runs of a group, cut at what is possible.',
  };
}

/** Columns of numbers that are written as text. */
const numeric = true;

function isRise({ gain }: GroupComparison): boolean {
  return gain.interval !== null && gain.interval[0] > 0;
}

function writeHeadline(groups: readonly GroupComparison[]): string {
  const rising = groups.filter(isRise).map(({ group }) => group);
  if (rising.length === 0) {
    return 'In no group is generality at the last round above that at the first, at 95 %.';
  }
  return `Generality rises from the first round to the last, at 95 %, in ${rising.join(', ')}${
    rising.length === groups.length
      ? ''
      : `; not in ${groups.length - rising.length} of ${groups.length} groups`
  }.`;
}

function describeEvidence({ comparison, settings, groups }: RaceComparisonData): Section {
  const few = comparison.groups.filter(({ runs: count }) => count < 3).map(({ group }) => group);
  return {
    heading: 'What these runs can show',
    text: 'Means over independent runs of a group. Generality is the share of held-out warriors that a champion defeats or ties.',
    blocks: [
      ...(comparison.comparable
        ? []
        : [
            {
              kind: 'banner',
              tone: 'bad',
              heading: 'The runs were not measured alike',
              items: [
                'Their opponents, rounds or placements differ: measure all with the same "primordia drq generality" options before you compare.',
              ],
            } as const,
          ]),
      ...(few.length === 0
        ? []
        : [
            {
              kind: 'banner',
              tone: 'note',
              heading: `Few runs: ${few.join(', ')}`,
              items: ['With fewer than three runs an interval says little, or there is none.'],
            } as const,
          ]),
      {
        kind: 'table',
        columns: [
          { label: 'Group', unbroken: true },
          ...settings.map((path) => ({ label: path })),
          { label: 'Recipe' },
          { label: 'Runs (seed)' },
        ],
        rows: groups.map(({ label, values, runs }): Cell[] => [
          label,
          ...values,
          [...new Set(runs.map(({ recipe }) => recipe))].join(', '),
          runs.map(({ folder, seed }) => `${folder} (${seed})`).join(', '),
        ]),
        caption:
          settings.length === 0
            ? 'All runs have the same settings, and differ in their seed.'
            : 'Runs are grouped by their settings; those of a group differ in their seed. Settings that all runs share are left out.',
      },
    ],
  };
}

function describeGenerality(groups: readonly GroupComparison[]): Section {
  const interval = (bounds: readonly [number, number] | null) =>
    bounds ? `${formatSigned(100 * bounds[0], 1)} to ${formatSigned(100 * bounds[1], 1)}` : '–';
  return {
    heading: 'Generality by round',
    blocks: [
      {
        kind: 'figure',
        wide: true,
        chart: {
          kind: 'line',
          title: 'Generality',
          xLabel: 'round',
          yLabel: '% of opponents',
          wholeX: true,
          yLimits: [0, 100],
          series: groups.map(({ group, generality }) => ({
            name: group,
            points: generality.map(({ round, mean }) => [round, 100 * mean] as const),
          })),
          height: 380,
        },
        caption: 'Mean over the runs of a group.',
      },
      {
        kind: 'multiples',
        charts: groups.map(({ group, generality }) => ({
          kind: 'line',
          title: group,
          xLabel: 'round',
          yLabel: '% of opponents',
          unlabelled: true,
          wholeX: true,
          yLimits: [0, 100],
          series: [
            {
              name: group,
              points: generality.map(({ round, mean }) => [round, 100 * mean] as const),
              band: generality.flatMap(({ round, interval: bounds }) =>
                bounds ? [[round, 100 * bounds[0], 100 * bounds[1]] as const] : [],
              ),
            },
          ],
          height: 200,
        })),
        caption: 'With 95 % intervals. Panels have scales of their own.',
      },
      {
        kind: 'table',
        columns: [
          { label: 'Group', unbroken: true },
          { label: 'Runs' },
          { label: 'Round 1', numeric },
          { label: 'Last round', numeric },
          { label: 'Gain, points', numeric },
          { label: '95 % interval' },
          { label: 'Slope per ln(round)' },
          { label: 'R² of the fit' },
        ],
        rows: groups.map(({ group, runs, generality, gain, fit }): Cell[] => [
          group,
          runs,
          formatPercent(generality[0]?.mean),
          formatPercent(generality.at(-1)?.mean),
          formatSigned(100 * gain.mean, 1),
          interval(gain.interval),
          formatSigned(fit && 100 * fit.slope, 1),
          formatNumber(fit?.r2, 3),
        ]),
        caption: 'The fit is of the means: generality = a + b ln(round), as the paper fits it.',
      },
    ],
  };
}

function describeConvergence(groups: readonly GroupComparison[]): Section {
  const measured = groups.filter(({ runs }) => runs > 1);
  return {
    heading: 'Convergence and cycles',
    text: 'A phenotype is the vector of a champion’s scores against every held-out warrior; its variance over independent runs falls where runs come to behave alike. A cycle is a triple of champions of a run in which each defeats the next.',
    blocks: [
      {
        kind: 'figure',
        chart: {
          kind: 'line',
          title: 'Variance of phenotypes',
          xLabel: 'round',
          yLabel: 'mean over opponents',
          wholeX: true,
          yLimits: [0, null],
          series: measured.map(({ group, phenotypeVariance }) => ({
            name: group,
            points: phenotypeVariance.map((value, i) => [i + 1, value] as const),
          })),
          height: 300,
        },
      },
      {
        kind: 'table',
        columns: [
          { label: 'Group', unbroken: true },
          { label: 'Cycles per run', digits: 1 },
          { label: 'Share of triples', numeric },
          { label: 'Variance, round 1' },
          { label: 'Variance, last round' },
        ],
        rows: groups.map(({ group, cycles, cycleShare, phenotypeVariance }): Cell[] => [
          group,
          cycles,
          formatPercent(cycleShare, 2),
          phenotypeVariance[0] ?? null,
          phenotypeVariance.at(-1) ?? null,
        ]),
      },
    ],
  };
}
