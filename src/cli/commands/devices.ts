// `primordia devices`: what can compute on this machine, and why something cannot.

import type { Command } from 'commander';
import { arrayOf, spec } from '../../core/index.ts';
import { add, findPlugins, openDevice, pluginsFolder } from '../../tensor/index.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { createOutput } from '../output.ts';

type FoundDevice = {
  /** What `engine.device` calls it. */
  readonly device: string;
  readonly isUsable: boolean;
  /** What computes, or why it does not. */
  readonly found: string;
  /** Of a plugin: its library, and where it was found. */
  readonly file?: string;
  readonly source?: string;
};

export function addDevices(program: Command): void {
  const command = program
    .command('devices')
    .description(
      'list what can compute here: onnxruntime, and the PJRT plugins of XLA that are found',
    )
    .addHelpText(
      'after',
      `
engine.device in a recipe (--set engine.device=xla:cpu) chooses one. Plugins are looked for in the variable
PJRT_NAMES_AND_LIBRARY_PATHS (NAME:PATH,…), in ${pluginsFolder()}, and in the active
Python environment (VIRTUAL_ENV, CONDA_PREFIX). xla:/PATH/plugin.so names one by its path.

Example:
  primordia devices --json`,
    );
  addCommonOptions(command).action(async (options: CommonOptions) => {
    const devices = await listDevices();
    createOutput(options).result({ devices }, formatDevices(devices));
  });
}

async function listDevices(): Promise<FoundDevice[]> {
  const found: FoundDevice[] = [await tryDevice('cpu')];
  for (const { name, file, source } of findPlugins()) {
    found.push({ ...(await tryDevice(`xla:${file}`)), device: `xla:${name}`, file, source });
  }
  return found;
}

async function tryDevice(name: 'cpu' | `xla:${string}`): Promise<FoundDevice> {
  const device = openDevice({ device: name });
  try {
    // To be found is not enough; and a plugin that has compiled nothing may crash as its thread ends (0.115).
    const program = await device.compile({
      states: {},
      inputs: { x: spec('float32', [1]) },
      build: (_, { x }) => ({ outputs: add(x, 1) }),
    });
    await program.run({}, { x: arrayOf('float32', [1], 1) }).read();
    await program.close();
    const { kind, version } = await device.runtime();
    const what = kind === 'xla' ? version : `onnxruntime ${version}, ${kind}`;
    return { device: name, isUsable: true, found: what };
  } catch (error) {
    return { device: name, isUsable: false, found: (error as Error).message };
  } finally {
    await device.close();
  }
}

function formatDevices(devices: readonly FoundDevice[]): string {
  const width = Math.max(...devices.map(({ device }) => device.length));
  const lines = devices.flatMap(({ device, isUsable, found, file, source }) => [
    `${(isUsable ? 'ok' : 'no').padEnd(3)} ${device.padEnd(width)}  ${found}`,
    ...(file === undefined ? [] : [`${' '.repeat(width + 6)}${file} (${source})`]),
  ]);
  const hasPlugin = devices.some(({ file }) => file !== undefined);
  const hint = `No PJRT plugin was found. A package of Python has one: python3 -m pip install lammps-jax-pjrt-cpu (CPU), jax-cuda13-pjrt (CUDA).`;
  return [...lines, ...(hasPlugin ? [] : ['', hint])].join('\n');
}
