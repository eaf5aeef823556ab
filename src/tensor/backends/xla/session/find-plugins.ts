// PJRT plugins on this machine, where JAX's conventions and our own put them.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
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
 * Python environments.
 */
export function findPlugins(environment: Environment = process.env): FoundPlugin[] {
  const found = [...listPlugins(environment)];
  return found.filter(({ file }, i) => found.findIndex((one) => one.file === file) === i);
}

/** The first plugin of a name. */
export function findPlugin(
  name: string,
  environment: Environment = process.env,
): FoundPlugin | undefined {
  for (const plugin of listPlugins(environment)) if (plugin.name === name) return plugin;
  return undefined;
}

/** One place after the other: to ask Python takes longer than the rest. */
function* listPlugins(environment: Environment): Generator<FoundPlugin> {
  yield* namedPlugins(environment[VARIABLE] ?? '');
  for (const folder of installedFolders(environment)) {
    yield* pluginsIn(folder, 'installed by primordia devices install');
  }
  for (const packages of pythonPackages(environment)) {
    yield* pluginsIn(packages, `the Python packages in ${packages}`);
  }
}

/** Folders of installed plugins, without those that are being written. */
function installedFolders(environment: Environment): string[] {
  return expand(pluginsFolder(environment), ['*']).filter(
    (folder) => !/\.(?:tmp|old)-\d+$/.test(folder),
  );
}

/** Folders of packages of the active Python environments, and of the python3 on the PATH. */
function pythonPackages(environment: Environment): string[] {
  const { VIRTUAL_ENV, CONDA_PREFIX, HOME } = environment;
  const prefixes = [
    ...[VIRTUAL_ENV, CONDA_PREFIX].filter((folder) => !!folder),
    ...pythonPrefixes(environment),
    ...(HOME ? [path.join(HOME, '.local')] : []),
  ];
  const folders = prefixes.flatMap((prefix) =>
    ['site-packages', 'dist-packages'].flatMap((name) => expand(prefix!, ['lib', 'python*', name])),
  );
  return [...new Set(folders)];
}

/** Where the python3 on the PATH is installed: the folder of an environment, and that of the Python that made it. */
function pythonPrefixes({ PATH = '' }: Environment): string[] {
  const python = PATH.split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, 'python3'))
    .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  if (python === undefined) return [];
  if (isScript(python)) return askPrefix(python);
  return [python, realpathSync(python)].map((file) => path.dirname(path.dirname(file)));
}

/** Managers of several Pythons put a script in the place of each. */
function isScript(file: string): boolean {
  const start = Buffer.alloc(2);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, start);
  } finally {
    closeSync(descriptor);
  }
  return start.toString('latin1') === '#!';
}

function askPrefix(python: string): string[] {
  try {
    const asked = execFileSync(python, ['-c', 'import sys; print(sys.prefix)'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    });
    return [asked.trim()];
  } catch {
    return [];
  }
}

/** Libraries of CUDA by the beginnings of their names, each after those that it needs. */
const NVIDIA_LIBRARIES = [
  'libcudart.so',
  'libnvJitLink.so',
  'libnvrtc.so',
  'libcublasLt.so',
  'libcublas.so',
  'libcufft.so',
  'libcusparse.so',
  'libcusolver.so',
  'libcupti.so',
  'libnccl.so',
  'libnvshmem_host.so',
  'libcudnn.so',
] as const;

/** Libraries of CUDA in Python environments, in the order in which they are to be loaded before a plugin. */
export function findNvidiaLibraries(environment: Environment = process.env): string[] {
  const files = pythonPackages(environment).flatMap((packages) =>
    expand(packages, ['nvidia', '*', 'lib', 'lib*']),
  );
  return NVIDIA_LIBRARIES.flatMap((name) =>
    files.filter((file) => path.basename(file).startsWith(`${name}.`)),
  );
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
