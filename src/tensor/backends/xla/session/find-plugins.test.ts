import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findNvidiaLibraries, findPlugins, pluginsFolder } from './find-plugins.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'plugins-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(...parts: string[]): string {
  const file = path.join(folder, ...parts);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
  return file;
}

test('plugins are found in the variable, in our folder and in a Python environment, in this order', () => {
  const environment = {
    PJRT_NAMES_AND_LIBRARY_PATHS: 'mine:/somewhere/mine.so, CUDA:/other/cuda.so,nonsense',
    XDG_DATA_HOME: path.join(folder, 'data'),
    VIRTUAL_ENV: path.join(folder, 'env'),
  };
  const packages = ['env', 'lib', 'python3.12', 'site-packages'];
  const installed = write(
    'data',
    'primordia',
    'pjrt',
    'cpu',
    'lammps_jax_pjrt_cpu',
    'pjrt_c_api_cpu_plugin.so',
  );
  const cuda = write(...packages, 'jax_plugins', 'xla_cuda13', 'xla_cuda_plugin.so');
  write(...packages, 'jax_plugins', 'other', 'xla_cuda_plugin.so');
  // What is being installed is not there yet.
  write(
    'data',
    'primordia',
    'pjrt',
    'cpu.tmp-1',
    'lammps_jax_pjrt_cpu',
    'pjrt_c_api_cpu_plugin.so',
  );
  expect(findPlugins(environment).map(({ name, file }) => [name, file])).toEqual([
    ['mine', '/somewhere/mine.so'],
    ['cuda', '/other/cuda.so'],
    ['cpu', installed],
    ['cuda', cuda],
  ]);
  expect(pluginsFolder(environment)).toBe(path.join(folder, 'data', 'primordia', 'pjrt'));
});

test('nothing is found where nothing is', () => {
  expect(findPlugins({ XDG_DATA_HOME: folder })).toEqual([]);
  expect(findPlugins({ XDG_DATA_HOME: folder, VIRTUAL_ENV: path.join(folder, 'none') })).toEqual(
    [],
  );
});

test('the environment of the python3 on the PATH is looked into, once', () => {
  const python = write('env', 'bin', 'python3');
  const plugin = write(
    ...['env', 'lib', 'python3.13', 'site-packages', 'jax_plugins', 'xla_cuda12'],
    'xla_cuda_plugin.so',
  );
  const empty = path.join(folder, 'empty');
  const environment = {
    PATH: [empty, path.dirname(python)].join(path.delimiter),
    XDG_DATA_HOME: folder,
    VIRTUAL_ENV: path.join(folder, 'env'),
  };
  expect(findPlugins(environment).map(({ file }) => file)).toEqual([plugin]);
  const { VIRTUAL_ENV: _, ...rest } = environment;
  expect(findPlugins(rest).map(({ file }) => file)).toEqual([plugin]);
});

test('libraries of CUDA are loaded before the plugin, each after those that it needs', () => {
  const packages = ['env', 'lib', 'python3.13', 'site-packages'];
  const nvidia = (...parts: string[]) => write(...packages, 'nvidia', ...parts);
  const dnn = nvidia('cudnn', 'lib', 'libcudnn.so.9');
  const runtime = nvidia('cu13', 'lib', 'libcudart.so.13');
  const blas = nvidia('cu13', 'lib', 'libcublas.so.13');
  nvidia('cu13', 'lib', 'libother.so.1');
  const environment = { VIRTUAL_ENV: path.join(folder, 'env') };
  expect(findNvidiaLibraries(environment)).toEqual([runtime, blas, dnn]);
  expect(findNvidiaLibraries({})).toEqual([]);
});
