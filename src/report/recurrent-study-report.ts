// The report of a study of recurrent networks: accuracy by length, what it cost, gradients and drift.

import type { RecurrentStudySummary, SeedEstimate, StudyCell } from '../recurrent/index.ts';
import { lineChart } from './charts.ts';
import { formatDuration, formatNumber, formatPercent, formatSigned } from './format.ts';
import { renderReport } from './html.ts';
import { FULL_WIDTH, HALF_WIDTH } from './page-style.ts';
import { describeProvenance, type Provenance } from './provenance-section.ts';
import type { Block, Cell, Section } from './types.ts';

export type RecurrentStudyReportData = Provenance & { readonly summary: RecurrentStudySummary };

const numeric = true;
const PANEL = { width: HALF_WIDTH, height: 280 } as const;

/** A study, finished or not, as a self-contained HTML page. Intervals are 95 %, Student's t over seeds. */
export function buildRecurrentStudyReport(data: RecurrentStudyReportData): string {
  const { summary } = data;
  const tasks = [...new Set(summary.cells.map(({ task }) => task))];
  return renderReport({
    title: summary.name,
    subtitle: writeHeadline(summary),
    facts: [
      ['Tasks', tasks.join(', ')],
      ['Lengths', [...new Set(summary.cells.map(({ length }) => length))].join(', ')],
      ['Seeds', `${summary.seeds.length}`],
      ['Runs done', `${summary.runs.finished}/${summary.runs.total}`],
      ['Time of all runs', formatDuration(summary.seconds)],
    ],
    sections: [
      describeVerdict(summary),
      ...tasks.map((task) => describeTask(summary, task)),
      describeCost(summary),
      ...describeTuning(summary),
      describeProvenance(data, 'study'),
    ],
    footer:
      'Written by Primordia. Intervals are 95 %, Student’s t over seeds; p values are of paired t-tests, adjusted by Holm for all comparisons of the study.',
  });
}

/** Which cells an algorithm wins or loses against the baseline, beyond what seeds do. */
function sortCells({ cells }: RecurrentStudySummary) {
  const judged = cells.filter(({ difference }) => difference?.adjustedP != null);
  const shown = judged.filter(({ difference }) => difference!.adjustedP! < 0.05);
  return {
    judged,
    ahead: shown.filter(({ difference }) => difference!.mean > 0),
    behind: shown.filter(({ difference }) => difference!.mean < 0),
  };
}

function writeHeadline(summary: RecurrentStudySummary): string {
  const { judged, ahead, behind } = sortCells(summary);
  if (judged.length === 0) return 'Too few runs are finished for a comparison';
  const { finished, diverged, total } = summary.runs;
  const unfinished =
    finished + diverged < total ? `Unfinished, ${finished + diverged} of ${total} runs. ` : '';
  return (
    unfinished +
    `Against ${summary.baseline}: ahead in ${ahead.length}, behind in ${behind.length} ` +
    `of ${judged.length} pairs of task and length`
  );
}

function describeVerdict(summary: RecurrentStudySummary): Section {
  const { ahead, behind, judged } = sortCells(summary);
  const name = ({ task, length, algorithm, difference }: StudyCell) =>
    `${task} over ${length} tokens, ${algorithm}: ${formatSigned(100 * difference!.mean, 1)} points (${writeInterval(difference, true)}), adjusted p ${formatP(difference!.adjustedP)}`;
  const blocks: Block[] = [
    ...(ahead.length > 0
      ? ([
          {
            ...{ kind: 'banner', tone: 'good', heading: `Ahead of ${summary.baseline}` },
            items: ahead.map(name),
          },
        ] satisfies Block[])
      : []),
    ...(behind.length > 0
      ? ([
          {
            ...{ kind: 'banner', tone: 'bad', heading: `Behind ${summary.baseline}` },
            items: behind.map(name),
          },
        ] satisfies Block[])
      : []),
    {
      kind: 'banner',
      tone: 'note',
      heading: `${judged.length - ahead.length - behind.length} of ${judged.length} comparisons show no difference at these seeds`,
    },
  ];
  return { heading: 'What this study can show', text: summary.description, blocks };
}

function formatP(p: number | null): string {
  return p === null ? '–' : p < 0.001 ? '< 0.001' : formatNumber(p);
}

function writeInterval(estimate: SeedEstimate | null, signed = false): string {
  if (!estimate?.interval) return '–';
  const write = signed ? formatSigned : formatNumber;
  return `${write(100 * estimate.interval[0], 1)} to ${write(100 * estimate.interval[1], 1)}`;
}

function describeTask(summary: RecurrentStudySummary, task: string): Section {
  const cells = summary.cells.filter((cell) => cell.task === task);
  const algorithms = [...new Set(cells.map(({ algorithm }) => algorithm))];
  const lengths = [...new Set(cells.map(({ length }) => length))];
  const longest = cells.filter(({ length }) => length === Math.max(...lengths));
  const byLength = (name: string, read: (cell: StudyCell) => SeedEstimate | null) => ({
    name,
    points: cells
      .filter((cell) => cell.algorithm === name.split(',')[0])
      .map((cell) => [cell.length, percentOf(read(cell)?.mean)] as const),
    band: cells
      .filter((cell) => cell.algorithm === name.split(',')[0])
      .flatMap((cell) => {
        const interval = read(cell)?.interval;
        return interval ? [[cell.length, 100 * interval[0], 100 * interval[1]] as const] : [];
      }),
  });
  return {
    heading: task,
    blocks: [
      {
        kind: 'figure',
        wide: true,
        svg: lineChart({
          ...{ title: 'Accuracy by length', xLabel: 'tokens read', yLabel: '% of targets right' },
          ...{ width: FULL_WIDTH, height: 320, yRange: [0, 102] },
          series: [
            ...algorithms.map((name) => byLength(name, ({ alone }) => alone)),
            {
              name: 'chance',
              dashed: true,
              points: lengths.map((length) => {
                const cell = cells.find((one) => one.length === length);
                return [length, percentOf(cell?.chance)] as const;
              }),
            },
          ],
          colorOrder: algorithms,
        }),
        caption:
          'Finished networks rolled out on their own from their own initial state, with 95 % intervals over seeds; chance is the best of unigram and bigram.',
      },
      accuracyTable(cells, summary.baseline),
      ...drawCurves(longest, algorithms),
      ...drawMemories(longest, algorithms),
    ],
  };
}

const COSTS = [
  ['by optimizer steps', 'optimizer steps', 'step'],
  ['by time', 'seconds in steps', 'seconds'],
  ['by sequential depth', 'operations in sequence', 'depth'],
] as const;

/** Of cells of one length. */
function drawCurves(cells: readonly StudyCell[], colorOrder: readonly string[]): Block[] {
  return COSTS.map(
    ([title, xLabel, x]): Block => ({
      kind: 'figure',
      svg: lineChart({
        ...{ title: `Loss ${title}`, xLabel, yLabel: 'nats per target', ...PANEL, colorOrder },
        series: cells.map(({ algorithm, curve }) => ({
          name: algorithm,
          points: curve.map((point) => [point[x], point.loss] as const),
        })),
      }),
      caption: `Held-out loss of the network on its own at ${cells[0]!.length} tokens, means over seeds.${x === 'seconds' ? ' Time in steps alone: opening the graph and evaluations are left out.' : ''}`,
    }),
  );
}

function drawMemories(cells: readonly StudyCell[], colorOrder: readonly string[]): Block[] {
  const gradient = (title: string, part: 'first' | 'late'): Block => ({
    kind: 'figure',
    svg: lineChart({
      ...{ title, xLabel: 'tokens to the end of the sequence', yLabel: 'norm', logY: true },
      ...{ ...PANEL, colorOrder },
      series: cells.map(({ algorithm, gradients }) => ({
        name: algorithm,
        points: gradients?.[part] ?? [],
      })),
    }),
    caption:
      'Norm of the gradient with regard to a memory, means over seeds. BPTT: of the sequence’s whole loss, back through time. SMT: of what is decoded from that memory alone; so only the shapes compare.',
  });
  return [
    {
      kind: 'figure',
      svg: lineChart({
        ...{ title: 'Drift from the teacher', xLabel: 'tokens read', yLabel: 'mean squared' },
        ...PANEL,
        series: cells.flatMap(({ drift }) =>
          drift.map(({ stage, points }) => ({ name: `after ${stage.toUpperCase()}`, points })),
        ),
      }),
      caption: 'Mean squared difference of the network’s own memory to its teacher’s.',
    },
    gradient('Gradient at the first step', 'first'),
    gradient('Gradient, second half of training', 'late'),
  ];
}

function percentOf(share: number | null | undefined): number | null {
  return share == null ? null : 100 * share;
}

/** How many seeds are in the means, and how many diverged. */
function describeSeeds({ seeds, diverged }: StudyCell): string {
  return diverged.length === 0 ? `${seeds.length}` : `${seeds.length}, ${diverged.length} diverged`;
}

function accuracyTable(cells: readonly StudyCell[], baseline: string): Block {
  return {
    kind: 'table',
    columns: [
      { label: 'Tokens', numeric },
      { label: 'Algorithm' },
      ...[
        'Seeds',
        'Alone',
        '95 % interval',
        'Before DMT',
        'Teacher',
        'Chance',
        'Loss alone',
        `To ${baseline}, points`,
        '95 % interval',
        'Adjusted p',
      ].map((label) => ({ label, numeric })),
    ],
    rows: cells.map((cell): Cell[] => [
      `${cell.length}`,
      cell.algorithm,
      describeSeeds(cell),
      formatPercent(cell.alone?.mean),
      writeInterval(cell.alone),
      formatPercent(cell.beforeDmt?.mean),
      formatPercent(cell.teacher?.mean),
      formatPercent(cell.chance),
      formatNumber(cell.loss?.mean),
      cell.difference ? formatSigned(100 * cell.difference.mean, 1) : '–',
      writeInterval(cell.difference, true),
      formatP(cell.difference?.adjustedP ?? null),
    ]),
  };
}

/** Time and sequential depth of a step by length, a line a stage, where cells of one length are of one task. */
function describeCost({ cells }: RecurrentStudySummary): Section {
  const task = cells[0]?.task;
  const own = cells.filter((cell) => cell.task === task);
  const stages = [...new Set(own.flatMap((cell) => cell.stages.map(({ stage }) => stage)))];
  const series = (read: (stage: StudyCell['stages'][number]) => number | null) =>
    stages.map((stage) => ({
      name: stage.toUpperCase(),
      points: own.flatMap((cell) =>
        cell.stages
          .filter((one) => one.stage === stage)
          .map((one) => [cell.length, read(one)] as const),
      ),
    }));
  const size = { width: 500, height: 300 } as const;
  return {
    heading: 'What a step costs',
    text: `Median over steps and seeds, of ${task}. bench/recurrent.mjs measures steps with nothing beside them.`,
    blocks: [
      {
        kind: 'figure',
        svg: lineChart({
          ...{ title: 'Time of a step', xLabel: 'tokens read', yLabel: 'milliseconds', ...size },
          series: series(({ stepMs }) => stepMs),
        }),
        caption:
          'Steps alone, while other runs share the machine. DMT rolls out before it takes its step.',
      },
      {
        kind: 'figure',
        svg: lineChart({
          ...{ title: 'Sequential depth of a step', xLabel: 'tokens read', yLabel: 'operations' },
          ...{ ...size, logY: true },
          series: series(({ depth }) => depth),
        }),
        caption:
          'The longest chain of operations that wait for one another, up to the gradients: what no processor shortens.',
      },
    ],
  };
}

function describeTuning({ tuning, cells }: RecurrentStudySummary): Section[] {
  if (tuning.length === 0) return [];
  const all = [...new Set(cells.map(({ algorithm }) => algorithm))];
  const untuned = all.filter((name) => !tuning.some(({ algorithm }) => algorithm === name));
  const rates = [...new Set(tuning.flatMap(({ tried }) => tried.map(({ rate }) => rate)))];
  return [
    {
      heading: 'Learning rates',
      text: `Tried under seeds of their own, for each task and length; the lowest final loss of the network on its own is taken. ${untuned.length === 0 ? '' : `Rates of the recipe: ${untuned.join(', ')}.`}`,
      blocks: [
        {
          kind: 'table',
          columns: [
            { label: 'Task' },
            { label: 'Tokens', numeric },
            { label: 'Algorithm' },
            ...rates.map((rate) => ({ label: `loss at ${rate}`, numeric })),
            { label: 'Taken', numeric },
          ],
          rows: tuning.map(({ task, length, algorithm, tried, chosen }): Cell[] => [
            task,
            `${length}`,
            algorithm,
            ...rates.map((rate) => {
              const found = tried.find((one) => one.rate === rate);
              return found?.state === 'diverged' ? 'diverged' : formatNumber(found?.loss);
            }),
            chosen === null ? '–' : `${chosen}`,
          ]),
        },
      ],
    },
  ];
}
