// Runs of a comparison that differ in nothing but their seed, taken together: means with intervals, differences in pairs of one seed.

import { formatNumber, formatSigned } from '../chart/format.ts';
import type { Point } from '../chart/index.ts';
import { confidenceInterval95, mean } from '../core/index.ts';
import { compareArms } from '../study/index.ts';
import type { StageSummary } from '../training/summary.ts';
import type { ComparedRun } from './comparison-sections.ts';
import { compareRecipes } from './flatten-recipe.ts';
import { joinNames } from './join-names.ts';
import { lossOf } from './stage-section.ts';
import type { Block, Cell, Section } from './types.ts';

/** A run with its seed and the stage that is compared. */
export type SeedRun = Pick<ComparedRun, 'label' | 'recipe'> & {
  readonly seed: number;
  readonly stage: StageSummary;
};

type SeedGroup = { readonly name: string; readonly runs: readonly SeedRun[] };

const numeric = true;
/** Settings that a group is named by, at most. */
const MOST_SETTINGS = 3;

/**
 * The section of one stage that all runs have on the same data; nothing where each group is a single run.
 *
 * @param runs two at least; differences are to the group of the first
 */
export function describeSeedGroups(stageName: string, runs: readonly SeedRun[]): Section[] {
  const groups = groupBySeed(runs);
  if (groups.every((group) => group.runs.length < 2)) return [];
  return [
    {
      heading: `Stage ${stageName}: over seeds`,
      text: 'Runs whose recipes differ in nothing but the seed are taken together. Intervals are Student’s t over seeds.',
      blocks: [tableGroups(groups), ...tableDifferences(groups), drawBands(groups)],
    },
  ];
}

function groupBySeed(runs: readonly SeedRun[]): SeedGroup[] {
  const groups: SeedRun[][] = [];
  for (const run of runs) {
    const own = groups.find(([first]) => isSameButSeed(first!, run));
    // One run for each seed: a second one of a seed is a copy, or was stopped at another place.
    if (!own) groups.push([run]);
    else if (!own.some(({ seed }) => seed === run.seed)) own.push(run);
  }
  const settings = compareRecipes(groups.map(([first]) => withoutSeed(first!.recipe)));
  const names = groups.map((_, i) =>
    settings
      .slice(0, MOST_SETTINGS)
      .map(({ path, values }) => `${path.split('.').at(-1)} ${values[i] ?? '–'}`)
      .join(', '),
  );
  // Where the first settings are the same, or there are none, the first run names the group.
  const isTold = !names.includes('') && new Set(names).size === names.length;
  return groups.map((own, i) => ({ name: isTold ? names[i]! : own[0]!.label, runs: own }));
}

function isSameButSeed(a: SeedRun, b: SeedRun): boolean {
  return compareRecipes([withoutSeed(a.recipe), withoutSeed(b.recipe)]).length === 0;
}

function withoutSeed(recipe: unknown): unknown {
  const { seed: _, ...rest } = Object(recipe);
  return rest;
}

function lossesOf({ runs }: SeedGroup): number[] {
  return runs.flatMap(({ stage: { loss } }) => loss ?? []);
}

function writeInterval(values: readonly number[]): string {
  const interval = confidenceInterval95(values);
  return interval ? `${formatNumber(interval[0])} to ${formatNumber(interval[1])}` : '–';
}

function tableGroups(groups: readonly SeedGroup[]): Block {
  return {
    kind: 'table',
    columns: [
      { label: 'Runs' },
      { label: 'Seeds' },
      { label: 'Mean held-out loss', numeric },
      { label: '95 % interval', numeric },
    ],
    rows: groups.map((group): Cell[] => {
      const losses = lossesOf(group);
      return [
        group.name,
        joinNames(group.runs.map(({ seed }) => `${seed}`)),
        losses.length > 0 ? formatNumber(mean(losses)) : '–',
        writeInterval(losses),
      ];
    }),
    caption: 'Of finished stages, in nats per target; lower is better.',
  };
}

/** In pairs of one seed, against the first group. */
function tableDifferences([first, ...others]: readonly SeedGroup[]): Block[] {
  if (others.length === 0) return [];
  const arm = ({ name, runs }: SeedGroup) => ({
    name,
    results: runs.flatMap(({ seed, stage: { loss } }) =>
      loss === null ? [] : [{ seed, value: loss }],
    ),
  });
  const found = compareArms(others.map((other) => [arm(other), arm(first!)] as const));
  return [
    {
      kind: 'table',
      columns: [
        { label: `Minus ${first!.name}` },
        { label: 'Paired seeds' },
        { label: 'Mean difference', numeric },
        { label: '95 % interval', numeric },
        { label: 'p', numeric },
        { label: 'Adjusted p', numeric },
      ],
      rows: found.map((one): Cell[] =>
        'refused' in one
          ? [one.arm, `– (${one.refused})`, '–', '–', '–', '–']
          : [
              one.arm,
              joinNames(one.seeds.map(String)),
              formatSigned(one.mean),
              `${formatSigned(one.interval[0])} to ${formatSigned(one.interval[1])}`,
              formatNumber(one.p),
              formatNumber(one.adjustedP),
            ],
      ),
      caption:
        'p values are of paired t-tests, adjusted by Holm for all rows. Which runs are compared was chosen after they were seen: what is planned beforehand is a study.',
    },
  ];
}

/** Means over the seeds where all runs of a group have been judged, with intervals. */
function drawBands(groups: readonly SeedGroup[]): Block {
  return {
    kind: 'figure',
    wide: true,
    chart: {
      kind: 'line',
      title: 'Held-out loss over seeds',
      xLabel: 'tokens of the stage',
      yLabel: 'nats per target',
      height: 330,
      series: groups.map((group) => {
        const points = meanCurve(group);
        return {
          name: group.name,
          points: points.map(({ tokens, values }): Point => [tokens, mean(values)]),
          band: points.flatMap(({ tokens, values }) => {
            const interval = confidenceInterval95(values);
            return interval ? [[tokens, ...interval] as const] : [];
          }),
        };
      }),
    },
    caption: 'Lines are means over seeds, areas their 95 % intervals at each point by itself.',
  };
}

function meanCurve({ runs }: SeedGroup): { readonly tokens: number; readonly values: number[] }[] {
  const byTokens = new Map<number, number[]>();
  for (const { stage } of runs) {
    for (const point of stage.curve) {
      const loss = lossOf(point);
      if (loss === null || point.tokens === null) continue;
      byTokens.set(point.tokens, [...(byTokens.get(point.tokens) ?? []), loss]);
    }
  }
  return [...byTokens]
    .filter(([, values]) => values.length === runs.length)
    .map(([tokens, values]) => ({ tokens, values }))
    .sort((a, b) => a.tokens - b.tokens);
}
