// PJRT plugins on this machine, where JAX's conventions and our own put them.

import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export type FoundPlugin = {
  /** `cpu`, `cuda`, or what whoever names it calls it. */
  readonly name: string;
  /** Path of the shared library. */
  readonly file: string;
  /** Where it was found, in words. */
  readonly source: string;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Names and libraries as JAX's variable has them: `NAME:PATH,NAME:PATH`. */
const VARIABLE = 'PJRT_NAMES_AND_LIBRARY_PATHS';

/** Where packages of Python put a library, by the name of the device. A star stands for any characters of a folder's name. */
const IN_PACKAGES: readonly (readonly [name: string, pattern: string])[] = [
  ['cpu', 'lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so'],
  ['cpu', 'fastatomstruct_xla_cpu/libpjrt_cpu.so'],
  ['cpu', 'xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so'],
  ['cuda', 'jax_plugins/xla_cuda*/xla_cuda_plugin.so'],
  ['rocm', 'jax_plugins/xla_rocm*/xla_rocm_plugin.so'],
  ['tpu', 'libtpu/libtpu.so'],
];

/** Folder of what `primordia devices install` has put there. */
export function pluginsFolder(environment: Environment = process.env): string {
  const data = environment.XDG_DATA_HOME || path.join(homedir(), '.local', 'share');
  return path.join(data, 'primordia', 'pjrt');
}

/**
 * Plugins in the order in which they are preferred: those that the environment names, those that were installed here, those of
 * the active Python environment.
 */
export function findPlugins(environment: Environment = process.env): FoundPlugin[] {
  const folders = [environment.VIRTUAL_ENV, environment.CONDA_PREFIX].filter((folder) => !!folder);
  return [
    ...namedPlugins(environment[VARIABLE] ?? ''),
    ...expand(pluginsFolder(environment), ['*']).flatMap((folder) =>
      pluginsIn(folder, 'installed by primordia devices install'),
    ),
    ...folders.flatMap((folder) =>
      expand(folder!, ['lib', 'python*', 'site-packages']).flatMap((packages) =>
        pluginsIn(packages, `the Python environment ${folder}`),
      ),
    ),
  ];
}

function namedPlugins(list: string): FoundPlugin[] {
  return list.split(',').flatMap((entry) => {
    const colon = entry.indexOf(':');
    if (colon < 1) return [];
    const name = entry.slice(0, colon).trim().toLowerCase();
    return [{ name, file: entry.slice(colon + 1).trim(), source: `the variable ${VARIABLE}` }];
  });
}

/** Plugins in a folder of Python packages. */
function pluginsIn(packages: string, source: string): FoundPlugin[] {
  return IN_PACKAGES.flatMap(([name, pattern]) =>
    expand(packages, pattern.split('/')).map((file) => ({ name, file, source })),
  );
}

/** Paths below `folder` that exist; a star in a part stands for any characters. */
function expand(folder: string, [part, ...rest]: readonly string[]): string[] {
  if (part === undefined) return [folder];
  return namesIn(folder, part).flatMap((name) => expand(path.join(folder, name), rest));
}

function namesIn(folder: string, part: string): string[] {
  if (!part.includes('*')) {
    const found = statSync(path.join(folder, part), { throwIfNoEntry: false });
    return found ? [part] : [];
  }
  const [before, after] = part.split('*') as [string, string];
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(before) && name.endsWith(after))
      .sort();
  } catch {
    return [];
  }
}
