// `primordia quickstart`: the main job from end to end: a source trained now, one that comes with the package, and scratch.

import type { Command } from 'commander';
import { UserError } from '../../core/index.ts';
import { nextRunDirectory } from '../../run/index.ts';
import { loadStudy, type Study } from '../../study/index.ts';
import { createTraining, REGISTRIES } from '../../training/index.ts';
import { addCommonOptions, type CommonOptions, parseInteger } from '../common-options.ts';
import { addDeviceOption, type DeviceOptions, deviceSettings } from '../device-option.ts';
import { addGateOption, type GateOptions, gateSettings } from '../gate-options.ts';
import { createOutput } from '../output.ts';
import { createTrainingListener } from '../progress/training-progress.ts';
import { runStudyCommand } from '../study/run-study-command.ts';
import { TERMS_NOTE } from '../terms-note.ts';
import { addTextOptions, TEXT_SOURCES, type TextOptions } from '../text-options.ts';

type Options = CommonOptions &
  DeviceOptions &
  GateOptions &
  TextOptions & {
    readonly out?: string;
    readonly seed: number;
    readonly text?: string[];
    readonly set: string[];
  };

/** The arm that starts from the shipped source, which has learned the dynamics of the quickstart's world. */
const SHIPPED_ARM = 'nca-dynamics';

export function addQuickstart(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('quickstart')
    .description(
      'train on NCA sequences, judge what was learned, move to English text; compare with a shipped source and with scratch',
    )
    .option('--out <dir>', 'folder to write (default: runs/quickstart-NNN)')
    .option('--seed <n>', 'random seed', parseInteger, 0)
    .option('--text <file...>', `text to learn instead of the default; ${TEXT_SOURCES}`)
    .option('--set <key=value...>', 'change a setting of the arms’ recipe', [])
    .addHelpText(
      'after',
      `
${TERMS_NOTE}

Examples:
  primordia quickstart
  primordia quickstart --seed 1 --out runs/try
  primordia quickstart --text book.txt notes/*.md`,
    );
  addDeviceOption(command, 'cpu');
  addGateOption(command, 'an arm whose source has learned less gets no text stage');
  addCommonOptions(addTextOptions(command)).action(async (options: Options) => {
    const study = await loadStudy('quickstart', listSettings(options));
    const directory = options.out ?? nextRunDirectory('runs', 'quickstart');
    const experiment = createTraining(REGISTRIES);
    const { fitting, misfit } = await withoutMisfit(study, experiment);
    if (misfit !== null) {
      const text = `no arm ${SHIPPED_ARM}: its model has other sizes (${misfit})`;
      createTrainingListener(createOutput(options))({ kind: 'message', text });
    }
    const flags = { ...options, executor: 'in-process', workers: 1 } as const;
    exit(await runStudyCommand(fitting, { registries: REGISTRIES, records: [] }, directory, flags));
  });
}

function listSettings({ seed, set, text, textField, textColumn, ...gate }: Options): string[] {
  const corpus = 'base.stages.text.data.corpus';
  return [
    `seeds=[${seed}]`,
    ...set.map((setting) => `base.${setting}`),
    ...gateSettings(gate),
    ...deviceSettings(gate, 'base.engine.device'),
    ...(text ? [`${corpus}.files=${JSON.stringify(text)}`] : []),
    ...(textField ? [`${corpus}.field=${JSON.stringify(textField)}`] : []),
    ...(textColumn ? [`${corpus}.column=${JSON.stringify(textColumn)}`] : []),
  ];
}

/** The message of `attempt` for a model that does not fit the recipe's. */
const MISFIT = /\.start: transfer: /;

/** Leaves out the arm of the shipped source if the model has other sizes. */
async function withoutMisfit(
  study: Study,
  { parse, attempt }: ReturnType<typeof createTraining>,
): Promise<{ readonly fitting: Study; readonly misfit: string | null }> {
  const { [SHIPPED_ARM]: shipped, ...others } = study.axes.arm ?? {};
  if (!shipped) return { fitting: study, misfit: null };
  const { mergeOverlays } = await import('../../run/index.ts');
  const recipe = { ...mergeOverlays(study.base, shipped), name: SHIPPED_ARM };
  try {
    await attempt(parse(recipe, study.name), {});
    return { fitting: study, misfit: null };
  } catch (error) {
    if (!(error instanceof UserError) || !MISFIT.test(error.message)) throw error;
    return { fitting: { ...study, axes: { ...study.axes, arm: others } }, misfit: error.message };
  }
}
