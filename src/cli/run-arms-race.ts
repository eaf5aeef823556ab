// The frame of `drq` and `drq resume`: progress, Ctrl-C, the table at the end.

import { type RedQueenOptions, RedQueenStopped, type RedQueenSummary } from '../redqueen/index.ts';
import { describeRace } from './describe-race.ts';
import { withInterrupt } from './interrupt.ts';
import { describeNext } from './next-commands.ts';
import { createOutput } from './output.ts';
import { createRaceListener } from './progress/red-queen-progress.ts';

/**
 * Runs to the end, to Ctrl-C, or until a budget is spent.
 *
 * @returns the exit code: 0; 130 when its budget is spent; 128 plus the signal's number when it was stopped
 */
export async function runArmsRace(
  directory: string,
  flags: { readonly json?: boolean; readonly workers?: number },
  run: (options: RedQueenOptions) => Promise<RedQueenSummary>,
): Promise<number> {
  const output = createOutput(flags);
  output.say(`writing to ${directory}`);
  let exitCode = 130;
  try {
    const summary = await withInterrupt(
      (interruption) => {
        exitCode = interruption.exitCode;
        output.say('stopping after the requests under way; interrupt again to end at once');
      },
      (signal) =>
        run({
          directory,
          signal,
          listener: createRaceListener(output),
          ...(flags.workers === undefined ? {} : { workers: flags.workers }),
        }),
    );
    const { writeRedQueenReport } = await import('../report/index.ts');
    const report = writeRedQueenReport([directory]);
    const commands = describeNext(directory, ['generality']);
    const text = `${describeRace(summary, report)}\n${commands}`;
    output.result({ ...summary, directory, report }, text);
    return 0;
  } catch (error) {
    if (!(error instanceof RedQueenStopped)) throw error;
    const { spent } = error;
    const why = spent ? `${error.message}. ` : '';
    const more = spent && {
      arguments: `--max-${spent === 'tokens' ? 'total-tokens' : spent} MORE`,
    };
    const commands = describeNext(directory, ['resumeRace', 'reportRace'], more ?? {});
    output.result(
      { stopped: true, budgetSpent: spent !== null, directory },
      `${why}What was done is kept.\n${commands}`,
    );
    return exitCode;
  } finally {
    // An error must not be written on the line of the progress.
    output.clear();
  }
}
