// What every training command does around a run: progress, signals, the table and the report at the end.

import type { RecurrentStudySummary, RecurrentSummary } from '../recurrent/index.ts';
import { describeComparison, RunStopped, type StudySummary, type Summary } from '../run/index.ts';
import { describeGate } from './describe-gate.ts';
import { withInterrupt } from './interrupt.ts';
import { createOutput, formatSeconds, formatTable, type Output } from './output.ts';

export type Listening = { readonly listener: Output['listener']; readonly signal: AbortSignal };

type AnySummary = Summary | StudySummary | RecurrentSummary | RecurrentStudySummary;

/**
 * Runs to the end, or until a signal such as Ctrl-C, and writes the report.
 *
 * @param describe the result in words, given the report's path
 * @returns the exit code: 0, or 128 plus the signal's number
 */
export async function runAndReport<T extends AnySummary>(
  directory: string,
  options: { json?: boolean },
  run: (listening: Listening) => Promise<T>,
  describe: (summary: T, report: string) => string,
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
      (signal) => run({ listener: output.listener, signal }),
    );
    // Charts take as long to load as the rest: not before there is something to show.
    const { writeReport } = await import('../report/index.ts');
    const report = writeReport(directory);
    output.result({ ...summary, directory, report }, describe(summary, report));
    return 0;
  } catch (error) {
    if (!(error instanceof RunStopped)) throw error;
    output.result({ stopped: true, directory }, `saved. Go on with: primordia resume ${directory}`);
    return exitCode;
  }
}

/** What a run, or a comparison of runs, found. */
export function describeSummary(summary: Summary, report: string): string {
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
