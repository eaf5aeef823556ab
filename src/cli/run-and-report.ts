// The frame of commands that run something: progress, signals, the table and the report at the end.

import { type Listener, RunStopped } from '../run/index.ts';
import type { Registries } from '../training/index.ts';
import { withInterrupt } from './interrupt.ts';
import { describeNext, type NextCommand } from './next-commands.ts';
import { createOutput } from './output.ts';
import { createTrainingListener } from './progress/training-progress.ts';

export type Listening = { readonly listener: Listener; readonly signal: AbortSignal };

/** How a result is reported. */
export type Telling<T> = {
  /** In words, given the report's path. */
  readonly describe: (summary: T, report: string) => string | Promise<string>;
  /** Commands that may follow on its folder. */
  readonly next: (summary: T) => readonly NextCommand[];
};

/**
 * Runs to the end, or until a signal such as Ctrl-C, and writes the report.
 *
 * @returns the exit code: 0, or 128 plus the signal's number
 */
export async function runAndReport<T extends object>(
  directory: string,
  { json = false, registries }: { readonly json?: boolean; readonly registries: Registries },
  run: (listening: Listening) => Promise<T>,
  { describe, next }: Telling<T>,
): Promise<number> {
  const output = createOutput({ json });
  output.say(`writing to ${directory}`);
  let exitCode = 0;
  try {
    const listener = createTrainingListener(output);
    const summary = await withInterrupt(
      (interruption) => {
        exitCode = interruption.exitCode;
        output.say('stopping after this step; interrupt again to end at once');
      },
      (signal) => run({ listener, signal }),
    );
    // Loading charts takes as long as everything else, so they are loaded when there is something to show.
    const { writeReport } = await import('../report/index.ts');
    const report = writeReport(directory, registries);
    const text = `${await describe(summary, report)}\n${describeNext(directory, next(summary))}`;
    output.result({ ...summary, directory, report }, text.trimEnd());
    return 0;
  } catch (error) {
    if (!(error instanceof RunStopped)) throw error;
    const commands = describeNext(directory, ['resume', 'report']);
    output.result({ stopped: true, directory }, `saved\n${commands}`);
    return exitCode;
  } finally {
    // An error must not be written on the line of the progress.
    output.clear();
  }
}
