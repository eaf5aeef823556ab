// `primordia devices`: what can compute on this machine, and why something cannot; and the installation of PJRT plugins.

import { Argument, type Command } from 'commander';
import { describeExecutableCache, pluginsFolder } from '../../tensor/index.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { createOutput } from '../output.ts';

type InstallFlags = CommonOptions & { readonly wheel?: string };

export function addDevices(program: Command): void {
  const devices = program
    .command('devices')
    // The subcommand has options with the same names.
    .enablePositionalOptions()
    .description(
      'list what can compute here: onnxruntime, and the PJRT plugins of XLA that are found',
    )
    .addHelpText(
      'after',
      `
--device of the commands that compute, or engine.device in a recipe, chooses one. Plugins are looked for in the variable
PJRT_NAMES_AND_LIBRARY_PATHS (NAME:PATH,…), in ${pluginsFolder()}, and among the packages of
Python: in VIRTUAL_ENV, CONDA_PREFIX, and of the python3 on the PATH. xla:/PATH/plugin.so names one by its path.

Examples:
  primordia devices
  primordia devices --json
  primordia devices install cpu`,
    );
  addCommonOptions(devices).action(async (options: CommonOptions) => {
    const { formatCache, formatDevices, listDevices } = await import('../devices/list-devices.ts');
    const found = await listDevices();
    const none = found.some(({ file }) => file !== undefined)
      ? ''
      : '\n\nno PJRT plugin was found: primordia devices install cpu, or cuda';
    const compiled = describeExecutableCache();
    createOutput(options).result(
      { devices: found, compiled },
      `${formatDevices(found)}${none}${formatCache(compiled)}`,
    );
  });
  const install = devices
    .command('install')
    .description('fetch a PJRT plugin with the pip of your python3, check it, and unpack it')
    .addArgument(new Argument('<plugin>', 'which one').choices(['cpu', 'cuda']))
    .option('--wheel <file>', 'the package, fetched by other means')
    .addHelpText(
      'after',
      `
The versions are fixed, and the file must have the SHA-256 that this version of primordia knows. It is unpacked into
${pluginsFolder()}; remove its folder there to uninstall it. Nothing else is changed.`,
    );
  addCommonOptions(install).action(async (name: string, flags: InstallFlags) => {
    await installAndTry(name, flags);
  });
}

async function installAndTry(name: string, flags: InstallFlags): Promise<void> {
  const { installPlugin } = await import('../devices/install-plugin.ts');
  const { PLUGIN_PACKAGES } = await import('../devices/plugin-packages.ts');
  const { formatDevices, tryDevice } = await import('../devices/list-devices.ts');
  const output = createOutput(flags);
  const plugin = PLUGIN_PACKAGES.find((one) => one.name === name)!;
  const file = await installPlugin(plugin, {
    folder: pluginsFolder(),
    wheel: flags.wheel,
    say: (text) => output.say(text),
  });
  const tried = { ...(await tryDevice(`xla:${file}`)), device: `xla:${name}`, file };
  const { project, version, needs } = plugin;
  const missing =
    needs.length === 0 || tried.isUsable
      ? []
      : [
          '',
          `it computes with libraries of NVIDIA's: python3 -m pip install ${needs.map((name) => `'${name}'`).join(' ')}`,
        ];
  output.result(
    { installed: { project, version, file }, device: tried },
    [
      `installed ${project} ${version}`,
      formatDevices([{ ...tried, source: 'installed now' }]),
      ...missing,
    ].join('\n'),
  );
}
