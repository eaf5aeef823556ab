// What `drq` and `drq resume` do around an arms race: progress, Ctrl-C, the table at the end.

import {
  type RedQueenEvent,
  type RedQueenOptions,
  RedQueenStopped,
  type RedQueenSummary,
} from '../redqueen/index.ts';
import { withInterrupt } from './interrupt.ts';
import { createOutput, formatSeconds, formatTable, type Output } from './output.ts';

/**
 * Runs to the end, to Ctrl-C, or until a budget is spent.
 *
 * @returns the exit code: 0, or 130 when it was stopped and can be gone on with
 */
export async function runArmsRace(
  directory: string,
  flags: { readonly json?: boolean; readonly workers?: number },
  run: (options: RedQueenOptions) => Promise<RedQueenSummary>,
): Promise<number> {
  const output = createOutput(flags);
  output.say(`writing to ${directory}`);
  try {
    const summary = await withInterrupt(
      () => output.say('stopping; once more ends at once'),
      (signal) =>
        run({
          ...{ directory, signal, listener: (event) => showEvent(output, event) },
          ...(flags.workers === undefined ? {} : { workers: flags.workers }),
        }),
    );
    const { writeRedQueenReport } = await import('../report/index.ts');
    const report = writeRedQueenReport([directory]);
    output.result({ ...summary, directory, report }, describeRace(summary, report));
    return 0;
  } catch (error) {
    if (!(error instanceof RedQueenStopped)) throw error;
    const { budgetSpent } = error;
    const why = budgetSpent ? `${error.message}. ` : '';
    output.result(
      { stopped: true, budgetSpent, directory },
      `${why}What was done is kept. Go on with: primordia drq resume ${directory}`,
    );
    return 130;
  }
}

function showEvent(output: Output, event: RedQueenEvent): void {
  output.event({ event: event.kind, ...event });
  if (event.kind === 'message') output.say(event.text);
  else if (event.kind === 'candidate') {
    const { round, rounds, done, total, bestFitness, niches, candidatesPerSecond } = event;
    output.progress(
      `round ${round}/${rounds}  candidate ${done}/${total}  ` +
        `best ${bestFitness?.toFixed(3) ?? '–'}  ${niches} niches  ` +
        `${candidatesPerSecond.toFixed(1)} candidates/s`,
      round === rounds && done === total,
    );
  } else {
    const { round, champion, fitness, coverage, qdScore } = event;
    output.say(
      `round ${round}: ${champion}, fitness ${fitness.toFixed(3)}, ` +
        `archive ${(100 * coverage).toFixed(0)} %, QD score ${qdScore.toFixed(2)}`,
    );
  }
}

/** The rounds of a run as a table. */
export function describeRace(summary: RedQueenSummary, report: string): string {
  const number = (value: number | null, digits: number) => value?.toFixed(digits) ?? '–';
  const percent = (value: number | null) =>
    value === null ? '–' : `${(100 * value).toFixed(1)} %`;
  const rows = summary.rounds.map((round) => [
    String(round.round),
    round.champion ?? '–',
    number(round.fitness, 3),
    percent(round.coverage),
    number(round.qdScore, 2),
    percent(round.generality),
  ]);
  const { calls, tokens, evaluations, seconds } = summary;
  const model = calls > 0 ? `, ${calls} requests, ${tokens.toLocaleString('en-US')} tokens` : '';
  return [
    '',
    formatTable([['round', 'champion', 'fitness', 'archive', 'QD score', 'generality'], ...rows]),
    '',
    `report   ${report}`,
    `time     ${formatSeconds(seconds)}, ${evaluations} evaluations${model}`,
  ].join('\n');
}
