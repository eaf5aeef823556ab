// `primordia quickstart`: the main job from end to end: a source trained now, one that comes with the package, and scratch.

import type { Command } from 'commander';
import {
  findTransferMisfit,
  loadRecipe,
  nextRunDirectory,
  startComparison,
  withScratch,
} from '../../run/index.ts';
import { addCommonOptions, type CommonOptions, parseInteger } from '../common-options.ts';
import { addGateOption, type GateOptions, gateSettings } from '../gate-options.ts';
import { runAndReport, TELL_RUN } from '../run-and-report.ts';
import { addTextOptions, TEXT_SOURCES, type TextOptions } from '../text-options.ts';

type Options = CommonOptions &
  GateOptions &
  TextOptions & {
    readonly out?: string;
    readonly seed: number;
    readonly text?: string[];
    readonly set: string[];
  };

/** What has learned the dynamics of the world that the quickstart's own source learns for a minute. */
const SHIPPED_SOURCE = 'nca-dynamics';

export function addQuickstart(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('quickstart')
    .description(
      'learn NCA sequences, say what was learned, move to English text; compare with a source that comes with the package, and with scratch',
    )
    .option('--out <dir>', 'folder to write (default: runs/quickstart-NNN)')
    .option('--seed <n>', 'seed of everything random', parseInteger, 0)
    .option('--text <file...>', `text to learn instead of the default; ${TEXT_SOURCES}`)
    .option('--set <key=value...>', 'change a setting of the recipe', [])
    .addHelpText(
      'after',
      `
Examples:
  primordia quickstart
  primordia quickstart --seed 1 --out runs/try
  primordia quickstart --text book.txt notes/*.md`,
    );
  addGateOption(command, 'an arm of one that has learned less has no text stage');
  addCommonOptions(addTextOptions(command)).action(async (options: Options) => {
    const settings = [`seed=${options.seed}`, ...options.set, ...gateSettings(options)];
    if (options.text) settings.push(`text.corpus.files=${JSON.stringify(options.text)}`);
    const { textField, textColumn } = options;
    if (textField) settings.push(`text.corpus.field=${JSON.stringify(textField)}`);
    if (textColumn) settings.push(`text.corpus.column=${JSON.stringify(textColumn)}`);
    const recipe = await loadRecipe('quickstart', settings);
    const directory = options.out ?? nextRunDirectory('runs', 'quickstart');
    // A model of another size can take nothing over from it; the other arms are compared without it.
    const misfit = findTransferMisfit({
      ...recipe,
      transfer: { ...recipe.transfer, from: SHIPPED_SOURCE },
    });
    const shipped = misfit === null ? [SHIPPED_SOURCE] : [];
    const comparison = { name: 'quickstart', arms: withScratch('nca', recipe, shipped) };
    exit(
      await runAndReport(
        directory,
        options,
        (listening) => {
          if (misfit !== null) {
            const text = `no arm ${SHIPPED_SOURCE}: its model has other sizes (${misfit})`;
            listening.listener?.({ kind: 'message', text });
          }
          return startComparison(comparison, { directory, ...listening });
        },
        TELL_RUN,
      ),
    );
  });
}
