// What to run next, with the real folder, as lines to be copied into a shell.

import { quoteForShell } from './quote-for-shell.ts';

/** The words after `primordia`, with PLACE for the folder or file, and a description. */
const COMMANDS = {
  resume: ['resume PLACE', 'resume where it stopped'],
  report: ['report PLACE', 'write a report of the results so far'],
  continueText: ['sample PLACE --prompt "The "', 'text from the model'],
  sample: ['sample PLACE', 'a sample from the network'],
  evaluate: ['eval PLACE --text FILE', 'perplexity on text of your own'],
  gate: ['gate PLACE', 'what the source has learned, compared with every predictor'],
  moreSeeds: ['study PLACE/study.json --out PLACE --seeds 0-9', 'more seeds for the same study'],
  resumeRace: ['drq resume PLACE', 'resume where it stopped'],
  reportRace: ['drq report PLACE', 'write a report of the results so far'],
  generality: ['drq generality PLACE', 'its champions against warriors that it never saw'],
  predictors: ['gate PLACE', 'what a model trained on it has to beat'],
  verify: ['nca verify PLACE', 'check hashes, tokens and sequences'],
  reportHill: ['report PLACE', 'the hill as a page'],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

export type NextCommand = keyof typeof COMMANDS;

/**
 * `next     primordia eval runs/a --text FILE  perplexity on text of your own`, a line for each.
 *
 * @param options.arguments what follows the first command: flags that it needs here
 */
export function describeNext(
  place: string,
  commands: readonly NextCommand[],
  options: { readonly arguments?: string } = {},
): string {
  const lines = commands.map((name, i) => {
    const [command, purpose] = COMMANDS[name];
    const more = i === 0 && options.arguments ? ` ${options.arguments}` : '';
    return [`primordia ${command.replaceAll('PLACE', () => quoteForShell(place))}${more}`, purpose];
  });
  const width = Math.max(0, ...lines.map(([command]) => command!.length));
  return lines
    .map(
      ([command, purpose], i) =>
        `${i === 0 ? 'next' : '    '}     ${command!.padEnd(width)}  ${purpose}`,
    )
    .join('\n');
}
