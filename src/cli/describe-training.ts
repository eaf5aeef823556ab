// The result of a training run for the terminal.

import { formatMemory, plural } from '../core/index.ts';
import type { StageStart, StageSummary, TrainingSummary } from '../training/index.ts';
import { describeGate } from './describe-gate.ts';
import { formatSeconds } from './format-seconds.ts';
import { formatTable } from './output.ts';
import type { Telling } from './run-and-report.ts';

/** Of a training run. */
export const TELL_TRAINING: Telling<TrainingSummary> = {
  describe: describeTraining,
  next: ({ stages }) => [
    ...(stages.at(-1)?.bitsPerByte == null
      ? (['sample'] as const)
      : (['continueText', 'evaluate'] as const)),
    ...(stages.some(({ gate }) => gate !== null) ? (['gate'] as const) : []),
  ],
};

/** Gates, the stages as a table, and the finished model beside n-gram baselines. */
function describeTraining(summary: TrainingSummary, report: string): string {
  return [
    '',
    ...summary.stages.flatMap(describeGates),
    formatTable(tabulate(summary.stages)),
    '',
    ...describeRollout(summary),
    `report   ${report}`,
    `time     ${formatSeconds(summary.seconds)}`,
  ].join('\n');
}

function describeGates({ name, start, gate, refused }: StageSummary): string[] {
  const isElsewhere = start !== null && start.gate !== null && start.tokens !== null;
  return [
    ...(isElsewhere ? [describeStart(start), ...describeGate(start.gate!), ''] : []),
    ...(refused
      ? [
          `stage    ${name} was not trained: requireGate asks for more than ${start!.from} has learned`,
          '',
        ]
      : []),
    ...(gate ? [`source   ${name}, trained here`, ...describeGate(gate), ''] : []),
  ];
}

/** `source   nca-dynamics, comes with the package, trained on 11.4 M tokens` */
function describeStart({ from, shipped, tokens }: StageStart): string {
  const where = shipped ? 'comes with the package' : 'trained before';
  return `source   ${from}, ${where}, trained on ${(tokens! / 1e6).toFixed(1)} M tokens`;
}

/** Measures that many algorithms have, one column each; empty columns are left out. */
const MEASURES = {
  'bits/byte': ({ bitsPerByte }: StageSummary) => number(bitsPerByte),
  memory: ({ peakBytes }: StageSummary) =>
    peakBytes === undefined ? '–' : formatMemory(peakBytes),
  depth: ({ depth }: StageSummary) => (depth === null ? '–' : String(depth)),
  teacher: ({ measures }: StageSummary) => percent(measures.teacherAccuracy),
  'one step': ({ measures }: StageSummary) => percent(measures.oneStepAccuracy),
  'free-running': ({ measures }: StageSummary) => percent(measures.rolledOutAccuracy),
} as const;

function tabulate(stages: readonly StageSummary[]): string[][] {
  const columns = Object.entries(MEASURES).filter(([, read]) =>
    stages.some((stage) => read(stage) !== '–'),
  );
  return [
    ['stage', 'algorithm', 'steps', 'ms/step', 'held-out loss', ...columns.map(([name]) => name)],
    ...stages.map((stage) => [
      ...[stage.name, stage.algorithm, String(stage.steps), number(stage.stepMs, 1)],
      number(stage.loss, 4),
      ...columns.map(([, read]) => read(stage)),
    ]),
  ];
}

function describeRollout({ rollout, baselines }: TrainingSummary): string[] {
  if (!rollout || !baselines) return [];
  const accuracy = Math.max(baselines.unigramAccuracy, baselines.bigramAccuracy ?? 0);
  return [
    `reading  ${plural(rollout.sequences, 'held-out sequence')} of ${plural(rollout.length, 'token')}: ` +
      `loss ${number(rollout.loss)}, accuracy ${percent(rollout.accuracy)}`,
    `n-grams  unigram loss ${number(baselines.unigramLoss)}, bigram loss ${number(baselines.bigramLoss)}, ` +
      `accuracy ${percent(accuracy)}`,
  ];
}

function number(value: number | null | undefined, digits = 3): string {
  return value?.toFixed(digits) ?? '–';
}

function percent(value: number | null | undefined): string {
  return value == null ? '–' : `${(100 * value).toFixed(1)} %`;
}
