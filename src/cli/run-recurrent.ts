// What `train` and `resume` do around a run of a recurrent network: progress, Ctrl-C, the table at the end.

import {
  isRecurrentInput,
  parseRecurrentRecipe,
  type RecurrentOptions,
  type RecurrentRecipe,
  type RecurrentSummary,
} from '../recurrent/index.ts';
import { loadOverlay, RunStopped } from '../run/index.ts';
import { withInterrupt } from './interrupt.ts';
import { createOutput, formatSeconds, formatTable } from './output.ts';

/** The recipe, where it is one of a recurrent network; null where it is of another kind. */
export async function loadRecurrentRecipe(
  nameOrFile: string,
  settings: readonly string[],
): Promise<RecurrentRecipe | null> {
  const overlay = await loadOverlay(nameOrFile, settings);
  return isRecurrentInput(overlay) ? parseRecurrentRecipe(overlay, nameOrFile) : null;
}

/**
 * Runs to the end, or to Ctrl-C, and writes the report.
 *
 * @returns the exit code: 0, or 130 when it was stopped
 */
export async function runRecurrent(
  directory: string,
  flags: { readonly json?: boolean },
  run: (options: RecurrentOptions) => Promise<RecurrentSummary>,
): Promise<number> {
  const output = createOutput(flags);
  output.say(`writing to ${directory}`);
  try {
    const summary = await withInterrupt(
      () => output.say('stopping after this step; once more ends at once'),
      (signal) => run({ directory, listener: output.listener, signal }),
    );
    const { writeReport } = await import('../report/index.ts');
    const report = writeReport(directory);
    output.result({ ...summary, directory, report }, describeRecurrent(summary, report));
    return 0;
  } catch (error) {
    if (!(error instanceof RunStopped)) throw error;
    output.result({ stopped: true, directory }, `saved. Go on with: primordia resume ${directory}`);
    return 130;
  }
}

const NAMES = { smt: 'SMT', dmt: 'DMT', bptt: 'BPTT' } as const;

/** The stages of a run as a table, and the network on its own beside what counting gives. */
export function describeRecurrent(summary: RecurrentSummary, report: string): string {
  const number = (value: number | null | undefined, digits = 3) => value?.toFixed(digits) ?? '–';
  const percent = (value: number | null | undefined) =>
    value === null || value === undefined ? '–' : `${(100 * value).toFixed(1)} %`;
  const rows = summary.stages.map(({ stage, steps, depth, stepMs, measures }) => [
    NAMES[stage],
    String(steps),
    number(stepMs, 1),
    String(depth),
    percent(measures.teacherAccuracy),
    percent(measures.oneStepAccuracy),
    percent(measures.rolledOutAccuracy),
    number(measures.rolledOutLoss),
  ]);
  const head = ['stage', 'steps', 'ms/step', 'depth', 'teacher', 'one step', 'alone', 'loss'];
  return [
    '',
    formatTable([head, ...rows]),
    '',
    ...describeRollout(summary),
    `report   ${report}`,
  ].join('\n');

  function describeRollout({ rollout, baselines, seconds }: RecurrentSummary): string[] {
    const time = `time     ${formatSeconds(seconds)}`;
    if (!rollout || !baselines) return [time];
    return [
      `alone    ${rollout.sequences} rollouts of ${rollout.length} tokens: ` +
        `loss ${number(rollout.loss)}, accuracy ${percent(rollout.accuracy)}`,
      `counting unigram loss ${number(baselines.unigramLoss)}, bigram loss ${number(baselines.bigramLoss)}, ` +
        `accuracy ${percent(Math.max(baselines.unigramAccuracy, baselines.bigramAccuracy ?? 0))}`,
      time,
    ];
  }
}
