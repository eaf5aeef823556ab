// Devices at the command line: chosen by --device, listed, installed, and what is said where one cannot be used.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installPlugin } from '../../src/cli/devices/install-plugin.ts';
import type { PluginPackage } from '../../src/cli/devices/plugin-packages.ts';
import {
  type Finished,
  runInNode,
  runInProcess,
  startCommand,
  withFolder,
  writeTinyProject,
} from '../support/command-line.ts';
import { startWithFault } from '../support/disk-faults.ts';
import { hasXla, XLA_PLUGIN } from '../support/open-xla.ts';

/** The environment of somebody who has no plugin: nothing of this machine is found. */
const bare = (folder: string) => ({
  HOME: folder,
  XDG_DATA_HOME: path.join(folder, 'data'),
  XDG_CACHE_HOME: path.join(folder, 'cache'),
  VIRTUAL_ENV: null,
  CONDA_PREFIX: null,
  PJRT_NAMES_AND_LIBRARY_PATHS: null,
  PATH: path.join(folder, 'bin'),
});

function devices(folder: string, args: readonly string[], env = {}): Promise<Finished> {
  return startCommand(['devices', ...args], { cwd: folder, env: { ...bare(folder), ...env } });
}

const resultOf = ({ stdout }: Finished) => JSON.parse(stdout.trim().split('\n').at(-1)!);

/** A library that is there wherever plugins can be called: koffi's own. */
function foreignLibrary(): string {
  const folder = fileURLToPath(
    new URL(
      `../../node_modules/@koromix/koffi-${process.platform}-${process.arch}`,
      import.meta.url,
    ),
  );
  const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
    /^(?!musl).*\.node$/.test(name),
  );
  return path.join(folder, file!);
}

describe('a device that is not there', () => {
  test('is said with what to do, and leaves no folder', () =>
    withFolder(async (folder) => {
      writeTinyProject(folder);
      const run = (device: string, env = {}) =>
        startCommand(['train', 'tiny.json', '--out', 'out', '--device', device], {
          cwd: folder,
          env: { ...bare(folder), ...env },
        });
      for (const [device, said, hint] of [
        ['xla:cpu', "no PJRT plugin for the device 'xla:cpu' was found", 'devices install cpu'],
        ['xla:tpu', "no PJRT plugin for the device 'xla:tpu' was found", 'primordia devices lists'],
        ['xla:./none.so', 'there is no file', 'xla:PATH names one'],
      ] as const) {
        const { code, stderr } = await run(device);
        expect(code, stderr).toBe(1);
        expect(stderr).toContain(said);
        expect(stderr).toContain(hint);
        expect(stderr).not.toContain('internal error');
        expect(existsSync(path.join(folder, 'out'))).toBe(false);
      }
      const { code, stderr } = await run('tpu');
      expect(code).toBe(2);
      expect(stderr).toContain('known devices: cpu, webgpu, cuda, xla:cpu, xla:cuda, xla:PATH.');
    }));

  test('files that are no plugins are told apart', () =>
    withFolder(async (folder) => {
      writeFileSync(path.join(folder, 'text.so'), 'not a library');
      const named = {
        text: path.join(folder, 'text.so'),
        none: path.join(folder, 'none.so'),
        foreign: foreignLibrary(),
      };
      const list = Object.entries(named).map(([name, file]) => `${name}:${file}`);
      const ended = await devices(folder, ['--json'], {
        PJRT_NAMES_AND_LIBRARY_PATHS: list.join(','),
      });
      expect(ended.code, ended.stderr).toBe(0);
      const [cpu, ...others] = resultOf(ended).devices;
      expect(cpu).toMatchObject({ device: 'cpu', isUsable: true });
      expect(others.map((one: { isUsable: boolean }) => one.isUsable)).toEqual([
        false,
        false,
        false,
      ]);
      const [text, none, foreign] = others;
      expect(text).toMatchObject({
        device: 'xla:text',
        found: expect.stringMatching(/does not load/),
      });
      expect(none).toMatchObject({ found: expect.stringMatching(/^there is no file/) });
      expect(foreign).toMatchObject({
        found: expect.stringMatching(/is not a PJRT plugin: it exports no GetPjrtApi/),
        hint: expect.stringMatching(/primordia devices lists/),
      });
    }));
});

const hasCompiler = spawnSync('cc', ['--version']).status === 0;

/** A library with a table of functions of some version, and nothing in it. */
const TABLE = (major: number, minor: number) => `
#include <stddef.h>
static struct { size_t size; void *extension; size_t inner; void *more; int major, minor; void *functions[200]; }
  table = { sizeof(table), 0, 24, 0, ${major}, ${minor}, { 0 } };
void *GetPjrtApi(void) { return &table; }
`;

function compileLibrary(folder: string, name: string, source: string): string {
  writeFileSync(path.join(folder, `${name}.c`), source);
  const file = path.join(folder, `${name}.so`);
  const args = ['-shared', '-fPIC', `${name}.c`, '-o', file, '-ldl'];
  const { status, stderr } = spawnSync('cc', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return file;
}

test.skipIf(!hasCompiler)('plugins of other versions are refused with what to do', () =>
  withFolder(async (folder) => {
    const [old, next] = [
      compileLibrary(folder, 'old', TABLE(0, 40)),
      compileLibrary(folder, 'next', TABLE(1, 2)),
    ];
    const ended = await devices(folder, ['--json'], {
      PJRT_NAMES_AND_LIBRARY_PATHS: `old:${old},next:${next}`,
    });
    expect(resultOf(ended).devices.slice(1)).toEqual([
      expect.objectContaining({
        isUsable: false,
        found: `${old} has version 0.40 of PJRT, older than 0.81, the oldest supported`,
        hint: expect.stringMatching(/install a newer plugin: primordia devices install/),
      }),
      expect.objectContaining({
        isUsable: false,
        found: `${next} has version 1.2 of PJRT, newer than 0.x, which is supported`,
        hint: 'install a newer version of primordia, or an older plugin',
      }),
    ]);
  }),
);

describe('installation', () => {
  const library = 'some_plugin/plugin.so';
  const wheel = zipSync({ [library]: strToU8('library'), 'some_plugin/LICENSE': strToU8('x') });
  const file = 'some_plugin-1.0-py3-none-any.whl';
  const platform = 'linux-x64';
  const plugin: PluginPackage = {
    name: 'some',
    project: 'some-plugin',
    version: '1.0',
    library,
    needs: [],
    wheels: {
      [platform]: {
        file,
        tag: 'any',
        bytes: wheel.length,
        sha256: createHash('sha256').update(wheel).digest('hex'),
      },
    },
  };

  /** A python3 that has only `pip download`, which copies a file. */
  function writePython(folder: string, body: string): void {
    mkdirSync(path.join(folder, 'bin'), { recursive: true });
    const python = path.join(folder, 'bin', 'python3');
    writeFileSync(python, `#!/bin/sh\n${body}\n`);
    chmodSync(python, 0o755);
  }
  const COPY = `echo "$@" > "$0.args"
while [ "$1" != --dest ]; do shift; done
/bin/cp "$(/usr/bin/dirname "$0")"/../*.whl "$2"`;

  async function install(folder: string, options = {}): Promise<string> {
    const before = process.env.PATH;
    process.env.PATH = path.join(folder, 'bin');
    try {
      return await installPlugin(plugin, {
        folder: path.join(folder, 'pjrt'),
        platform,
        ...options,
      });
    } finally {
      process.env.PATH = before;
    }
  }
  const left = (folder: string) =>
    existsSync(path.join(folder, 'pjrt')) ? readdirSync(path.join(folder, 'pjrt')) : [];

  test('what pip fetches is checked and unpacked, also over an earlier one', () =>
    withFolder(async (folder) => {
      writePython(folder, COPY);
      writeFileSync(path.join(folder, file), wheel);
      for (let n = 0; n < 2; n++) {
        const installed = await install(folder);
        expect(installed).toBe(path.join(folder, 'pjrt', 'some', library));
        expect(readFileSync(installed, 'utf8')).toBe('library');
        writeFileSync(path.join(folder, 'pjrt', 'some', 'stale'), '');
      }
      await install(folder);
      expect(readdirSync(path.join(folder, 'pjrt', 'some'))).toEqual(['some_plugin']);
      expect(left(folder)).toEqual(['some']);
      const args = readFileSync(path.join(folder, 'bin', 'python3.args'), 'utf8');
      expect(args).toMatch(/^-m pip download --no-deps .*--platform any .*some-plugin==1\.0\n$/);
    }));

  test.each([
    ['other bytes', COPY, 'is not some_plugin-1.0-py3-none-any.whl: its sha256 is'],
    ['another file', COPY.replace('/*.whl "$2"', '/*.whl "$2"/other.whl'), 'another file'],
    ['no pip', 'echo "$0: No module named pip" >&2; exit 1', 'has no pip'],
    [
      'no network',
      'echo "ERROR: no route" >&2; exit 1',
      'pip did not fetch some-plugin==1.0: ERROR: no route',
    ],
  ])('with %s nothing is installed, and it is said', (name, body, said) =>
    withFolder(async (folder) => {
      writePython(folder, body);
      const other = Uint8Array.from(wheel);
      other[40]! ^= 1;
      writeFileSync(path.join(folder, file), name === 'other bytes' ? other : wheel);
      const failure = await install(folder).catch((error) => error);
      expect(failure.message).toContain(said);
      expect(failure.hint).toMatch(/fetch it again|fetch some_plugin-1\.0.*sha256 [0-9a-f]{64}/);
      expect(left(folder)).toEqual([]);
    }),
  );

  test('without Python it says what to fetch, and takes it from a file', () =>
    withFolder(async (folder) => {
      mkdirSync(path.join(folder, 'bin'));
      const failure = await install(folder).catch((error) => error);
      expect(failure.message).toContain('python3');
      expect(failure.hint).toContain(`fetch ${file} (some-plugin 1.0 on PyPI, sha256 `);
      expect(failure.hint).toContain(`primordia devices install some --wheel ${file}`);
      writeFileSync(path.join(folder, file), wheel);
      const installed = await install(folder, { wheel: path.join(folder, file) });
      expect(readFileSync(installed, 'utf8')).toBe('library');
    }));

  test('there is none for every system', () =>
    withFolder(async (folder) => {
      const failure = await install(folder, { platform: 'sunos-sparc' }).catch((error) => error);
      expect(failure.message).toContain("no PJRT plugin 'some' for sunos-sparc, only linux-x64");
      expect(left(folder)).toEqual([]);
    }));

  test('the command refuses what is not the pinned package', () =>
    withFolder(async (folder) => {
      writeFileSync(path.join(folder, 'x.whl'), wheel);
      const { code, stderr } = await devices(folder, ['install', 'cpu', '--wheel', 'x.whl']);
      expect(code).toBe(1);
      expect(stderr).toMatch(/x\.whl is not \S+\.whl: its sha256 is|there is no PJRT plugin/);
      expect(existsSync(path.join(folder, 'data', 'primordia', 'pjrt', 'cpu'))).toBe(false);
    }));
});

describe.skipIf(!hasXla)('with a plugin for the CPU', { timeout: 600_000 }, () => {
  const device = `xla:${XLA_PLUGIN}`;
  // Programs that more than one command compiles are kept.
  let cache: string;
  const before = process.env.PRIMORDIA_XLA_CACHE;
  beforeAll(() => {
    cache = mkdtempSync(path.join(os.tmpdir(), 'primordia-xla-'));
    process.env.PRIMORDIA_XLA_CACHE = cache;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.PRIMORDIA_XLA_CACHE;
    else process.env.PRIMORDIA_XLA_CACHE = before;
    rmSync(cache, { recursive: true });
  });
  const SMALL = {
    stages: { source: { steps: 4, evaluateEvery: 4 }, text: { steps: 4, evaluateEvery: 4 } },
  };

  test('it is found among the packages of the python3 on the PATH, and listed', () =>
    withFolder(async (folder) => {
      const packages = path.join(folder, 'lib', 'python3.12', 'site-packages');
      mkdirSync(path.join(packages, 'lammps_jax_pjrt_cpu'), { recursive: true });
      symlinkSync(
        XLA_PLUGIN,
        path.join(packages, 'lammps_jax_pjrt_cpu', 'pjrt_c_api_cpu_plugin.so'),
      );
      mkdirSync(path.join(folder, 'bin'));
      writeFileSync(path.join(folder, 'bin', 'python3'), '');
      const ended = await devices(folder, ['--json']);
      expect(ended.code, ended.stderr).toBe(0);
      expect(resultOf(ended).devices[1]).toMatchObject({
        device: 'xla:cpu',
        isUsable: true,
        found: expect.stringMatching(/^PJRT 0\.\d+ \(cpu\)$/),
        memoryBytes: expect.any(Number),
        source: `the Python packages in ${packages}`,
      });
      const told = await devices(folder, []);
      expect(told.stdout).toMatch(/^ok {2}xla:cpu +PJRT 0\.\d+ \(cpu\), \d+\.\d [MG]iB$/m);
    }));

  test('every command computes on what --device names', () =>
    withFolder(async (folder) => {
      writeTinyProject(folder, SMALL);
      const run = async (...args: string[]) => {
        const ended = await runInProcess([...args, '--device', device], { cwd: folder });
        expect(ended.code, `${args.join(' ')}: ${ended.stderr}`).toBe(0);
        return ended;
      };
      const trained = await run('train', 'tiny.json', '--out', 'run');
      expect(trained.stdout).toMatch(
        /a step of stage 'source' takes \d+\.\d MiB of the device’s memory/,
      );
      const at = (name: string) => readFileSync(path.join(folder, 'run', name), 'utf8');
      expect(JSON.parse(at('recipe.json')).engine.device).toBe(device);
      expect(JSON.parse(at('provenance.json')).devices).toEqual([
        `xla:${path.basename(XLA_PLUGIN)}`,
      ]);
      const { stages } = JSON.parse(at('summary.json'));
      for (const { peakBytes } of stages) expect(peakBytes).toBeGreaterThan(1e5);

      const on = async (name: string | null, ...args: string[]) => {
        const flags = name === null ? [] : ['--device', name];
        return resultOf(await runInProcess([...args, ...flags, '--json'], { cwd: folder }));
      };
      const evaluate = ['eval', 'run', '--text', 'story.txt'];
      const [xla, cpu] = [await on(device, ...evaluate), await on(null, ...evaluate)];
      expect(Math.abs(xla.loss - cpu.loss)).toBeLessThan(1e-4);
      const sample = ['sample', 'run', '--tokens', '8', '--temperature', '0'];
      expect((await on(device, ...sample)).texts).toEqual((await on('cpu', ...sample)).texts);
      const gate = ['gate', 'run', '--seed', '1'];
      const [judged, onCpu] = [await on(device, ...gate), await on('cpu', ...gate)];
      expect(Math.abs(judged.model - onCpu.model)).toBeLessThan(1e-4);
    }));

  test('a run is resumed on another device where that is asked for, and it is noted', () =>
    withFolder(async (folder) => {
      writeTinyProject(folder, SMALL);
      const stopped = await startWithFault(['train', 'tiny.json', '--out', 'run'], folder, {
        under: path.join(folder, 'run/checkpoints'),
        at: 1,
        kind: 'SIGTERM',
      });
      expect(stopped.code, stopped.stderr).toBe(143);
      const resumed = await runInProcess(['resume', 'run', '--device', device], { cwd: folder });
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(resumed.stdout).toContain('before on cpu: the numbers agree to rounding');
      const provenance = readFileSync(path.join(folder, 'run', 'provenance.json'), 'utf8');
      expect(JSON.parse(provenance).devices).toEqual(['cpu', `xla:${path.basename(XLA_PLUGIN)}`]);
    }));

  test('a device that is opened and closed, and has compiled nothing, ends without a crash', () => {
    const { code, stdout, stderr } = runInNode(`
      import { openDevice } from 'primordia/tensor';
      const idle = openDevice({ device: ${JSON.stringify(device)} });
      await idle.close();
      const asked = openDevice({ device: ${JSON.stringify(device)} });
      const { kind } = await asked.runtime();
      await asked.close();
      console.log(kind);
    `);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'xla\n', stderr: '' });
  });

  test('what does not fit into memory is refused before the first step, with the figures', () =>
    withFolder(async (folder) => {
      writeTinyProject(folder, {
        model: { hiddenSize: 1024 },
        stages: {
          source: null,
          text: {
            ...{ start: null, contextLength: 512, batchSize: 2048, steps: 2 },
            data: { evaluationTokens: 8192 },
          },
        },
      });
      const { code, stdout, stderr } = await startCommand(
        ['train', 'tiny.json', '--out', 'run', '--device', device],
        { cwd: folder },
      );
      expect(code).toBe(1);
      expect(stdout).not.toContain('held-out loss');
      expect(stderr).toMatch(
        /^error: the compiled program needs [\d.]+ GiB of memory, the device has [\d.]+ GiB \(take a smaller batchSize/m,
      );
      expect(stderr).toContain('primordia resume run');
    }));

  /** The plugin, whose runs fail while there is a file: by an error of its own, by one of memory, or with the process. */
  const FAILING = `
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static char table[1 << 14];
static void *(*execute)(void *);
static void *(*get_code)(void *);
static int failed;
static const char *mode(void) {
  const char *file = getenv("FAIL_WHILE");
  return file && access(file, F_OK) == 0 ? getenv("FAIL_BY") : "";
}
static void *failing_execute(void *args) {
  if (strcmp(mode(), "") == 0) return execute(args);
  if (strcmp(mode(), "signal") == 0) raise(SIGKILL);
  failed = 1;
  /* A struct that is too short is refused. */
  uint64_t size = 8;
  memcpy(args, &size, sizeof size);
  return execute(args);
}
static void *failing_code(void *args) {
  void *error = get_code(args);
  int32_t exhausted = 8;
  if (failed && strcmp(mode(), "memory") == 0) memcpy((char *)args + 24, &exhausted, 4);
  return error;
}
void *GetPjrtApi(void) {
  void *library = dlopen(${JSON.stringify(XLA_PLUGIN)}, RTLD_LAZY);
  void *real = ((void *(*)(void))dlsym(library, "GetPjrtApi"))();
  uint64_t size;
  memcpy(&size, real, sizeof size);
  memcpy(table, real, size);
  void **functions = (void **)(table + 40);
  get_code = (void *(*)(void *))functions[2];
  execute = (void *(*)(void *))functions[55];
  functions[2] = (void *)failing_code;
  functions[55] = (void *)failing_execute;
  return table;
}
`;

  test.skipIf(!hasCompiler)('a run whose device dies in the middle resumes to the same bits', () =>
    withFolder(async (folder) => {
      writeTinyProject(folder, {
        stages: { source: null, text: { start: null, steps: 40, evaluateEvery: 20 } },
      });
      const failing = `xla:${compileLibrary(folder, 'failing', FAILING)}`;
      const file = path.join(folder, 'fails');
      const train = (name: string, by: string) =>
        startCommand(['train', 'tiny.json', '--out', name, '--json', '--device', failing], {
          cwd: folder,
          env: { FAIL_WHILE: file, FAIL_BY: by },
          onLine: (line) => {
            if (name !== 'whole' && line.includes('"checkpoint"')) writeFileSync(file, '');
          },
        });
      const model = (name: string) =>
        readFileSync(path.join(folder, name, 'stages/text/artifacts/model/model.safetensors'));
      const whole = await train('whole', '');
      expect(whole.code, whole.stderr).toBe(0);
      for (const [by, said] of [
        ['error', /^error: the device failed: INVALID_ARGUMENT: /],
        ['memory', /^error: the device is out of memory: RESOURCE_EXHAUSTED: .*smaller batchSize/],
        ['signal', null],
      ] as const) {
        const { code, signal, stderr } = await train(by, by);
        rmSync(file);
        if (said === null) expect(signal).toBe('SIGKILL');
        else {
          expect(code).toBe(1);
          expect(stderr).toMatch(said);
          expect(stderr).toContain(`the last checkpoint stands: primordia resume ${by}`);
        }
        const resumed = await startCommand(['resume', by], { cwd: folder });
        expect(resumed.code, resumed.stderr).toBe(0);
        expect(model(by).equals(model('whole')), by).toBe(true);
      }
    }),
  );
});
