// `primordia memory`: what a recurrent network holds while it reads.

import type { Command } from 'commander';
import { UserError } from '../../core/index.ts';
import { writeJsonAtomic } from '../../files/json.ts';
import { loadRunKinds } from '../../plugins/index.ts';
import { openRunDevice } from '../../run/index.ts';
import { memoryTracePath, openStageModel, traceMemory } from '../../training/index.ts';
import { addCommonOptions, type CommonOptions, parsePositiveInteger } from '../common-options.ts';
import { addDeviceOption, type DeviceOptions } from '../device-option.ts';
import { findModel } from '../model-source.ts';
import { createOutput } from '../output.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';

type Options = CommonOptions &
  DeviceOptions &
  PluginOptions & {
    readonly sequences: number;
    readonly tokens?: number;
    readonly arm?: string;
    readonly out?: string;
  };

export function addMemory(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('memory')
    .description('write down what a recurrent network holds while it reads, for the studio')
    .argument('<dir>', 'folder of a run or a study')
    .option('--sequences <n>', 'held-out sequences', parsePositiveInteger, 4)
    .option(
      '--tokens <n>',
      'tokens of each (default: those that the stage reads)',
      parsePositiveInteger,
    )
    .option('--arm <name>', 'arm of a study (default: the first that has a model)')
    .option('--out <file>', 'file to write (default: memory-trace.json of the run)')
    .addHelpText(
      'after',
      `
The file has, for each sequence, the memory along its three principal components, how far each token moved it, losses and
predictions, the same for the network on its own tokens from the middle on, and where a transformer cell looks.

Examples:
  primordia memory runs/smt-tiny-001
  primordia memory runs/smt-vs-bptt --arm smt --sequences 8 --out trace.json`,
    );
  addDeviceOption(command, 'cpu');
  addPluginOption(command);
  addCommonOptions(command).action(async (directory: string, options: Options) => {
    const output = createOutput(options);
    const { registries } = await loadRunKinds(directory, options.plugin);
    const place = findModel(directory, { registries, arm: options.arm });
    if (place.run === null) {
      throw new UserError(`${directory} is a model without its data`, {
        hint: 'give the folder of a run',
      });
    }
    const device = await openRunDevice({ device: options.device ?? 'cpu', threads: null });
    try {
      const opened = await openStageModel(device, place.run, place.found, registries);
      try {
        const { stage } = place.found;
        const trace = await traceMemory(device, opened, opened.data, stage, options);
        const file = options.out ?? memoryTracePath(place.run);
        writeJsonAtomic(file, trace);
        output.result({ file }, file);
      } finally {
        await opened.close();
      }
    } finally {
      await device.close();
    }
    exit(0);
  });
}
