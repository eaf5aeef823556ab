// What every training command does around a run: progress, signals, the table and the report at the end.

import type { RecurrentStudySummary, RecurrentSummary } from '../recurrent/index.ts';
import {
  describeComparison,
  type Listener,
  RunStopped,
  type StudySummary,
  type Summary,
} from '../run/index.ts';
import { describeGate } from './describe-gate.ts';
import { formatSeconds } from './format-seconds.ts';
import { withInterrupt } from './interrupt.ts';
import { describeNext, type NextCommand } from './next-commands.ts';
import { createOutput, formatTable } from './output.ts';
import { createTrainingListener } from './progress/training-progress.ts';

export type Listening = { readonly listener: Listener; readonly signal: AbortSignal };

type AnySummary = Summary | StudySummary | RecurrentSummary | RecurrentStudySummary;

/** How a result is told. */
export type Telling<T> = {
  /** In words, given the report's path. */
  readonly describe: (summary: T, report: string) => string;
  /** What may be run on its folder. */
  readonly next: (summary: T) => readonly NextCommand[];
};

/**
 * Runs to the end, or until a signal such as Ctrl-C, and writes the report.
 *
 * @returns the exit code: 0, or 128 plus the signal's number
 */
export async function runAndReport<T extends AnySummary>(
  directory: string,
  options: { json?: boolean },
  run: (listening: Listening) => Promise<T>,
  { describe, next }: Telling<T>,
): Promise<number> {
  const output = createOutput(options);
  output.say(`writing to ${directory}`);
  let exitCode = 0;
  try {
    const summary = await withInterrupt(
      (interruption) => {
        exitCode = interruption.exitCode;
        output.say('stopping after this step; once more ends at once');
      },
      (signal) => run({ listener: createTrainingListener(output), signal }),
    );
    // Charts take as long to load as the rest: not before there is something to show.
    const { writeReport } = await import('../report/index.ts');
    const report = writeReport(directory);
    const text = `${describe(summary, report)}\n${describeNext(directory, next(summary))}`;
    output.result({ ...summary, directory, report }, text.trimEnd());
    return 0;
  } catch (error) {
    if (!(error instanceof RunStopped)) throw error;
    const commands = describeNext(directory, ['resume', 'report']);
    output.result({ stopped: true, directory }, `saved\n${commands}`);
    return exitCode;
  } finally {
    // An error is not written behind the progress.
    output.clear();
  }
}

/** Of a run, or a comparison of runs. */
export const TELL_RUN: Telling<Summary> = {
  describe: describeSummary,
  next: ({ arms, gates }) => [
    ...(arms.some(({ textLoss }) => textLoss !== null) ? TEXT_COMMANDS : []),
    ...(gates.some(({ shipped }) => shipped === null) ? (['gate'] as const) : []),
  ],
};

const TEXT_COMMANDS = ['continueText', 'evaluate'] as const;

/** What a run, or a comparison of runs, found. */
function describeSummary(summary: Summary, report: string): string {
  const lines: string[] = [''];
  const { gates, arms } = summary;
  for (const gate of gates) {
    lines.push(describeSource(gate), ...describeGate(gate.gate), '');
  }
  if (arms.length > 0) {
    const number = (value: number | null, digits: number) => value?.toFixed(digits) ?? '–';
    const scratch = arms.find(({ name }) => name === 'scratch')?.textLoss ?? null;
    lines.push(
      formatTable([
        ['arm', 'seed', 'text loss', 'bits/byte', 'to scratch'],
        ...arms.map(({ name, seed, textLoss, bitsPerByte }) => [
          name,
          String(seed),
          number(textLoss, 4),
          number(bitsPerByte, 3),
          textLoss === null || scratch === null || name === 'scratch'
            ? '–'
            : `${textLoss > scratch ? '+' : ''}${(textLoss - scratch).toFixed(4)}`,
        ]),
      ]),
    );
  }
  const evidence = describeComparison(arms, gates);
  if (evidence) lines.push('', evidence);
  lines.push('', `report   ${report}`, `time     ${formatSeconds(summary.seconds)}`);
  return lines.join('\n');
}

/** `source   nca, trained here on 0.9 M tokens` */
function describeSource({ arm, shipped, tokens }: Summary['gates'][number]): string {
  const millions = `${(tokens / 1e6).toFixed(1)} M tokens`;
  return shipped === null
    ? `source   ${arm}, trained here on ${millions}`
    : `source   ${shipped}, comes with the package, trained on ${millions}`;
}
