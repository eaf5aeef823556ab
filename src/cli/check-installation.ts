// The checks of `primordia doctor`: what Primordia needs from a machine and an installation.

import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { arrayOf, keyFromSeed, spec } from '../core/index.ts';
import { assemble, createMars, createPlainMars, namedSettings } from '../corewar/index.ts';
import { usableMemory } from '../files/usable-memory.ts';
import { describeMachine } from '../run/index.ts';
import { type DeviceOptions, mul, openDevice, type RuntimeInfo } from '../tensor/index.ts';
import { DEFAULT_CORPUS_SHA256, measureCorpus, readDefaultCorpus } from '../text/index.ts';
import { drawSequence } from '../worlds/index.ts';
import { createNcaWorld, createPlainNcaWorld } from '../worlds/nca/index.ts';

/** The result of a check. Without something `missing` Primordia does not work; with a `warning` it does. */
export type Check = {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'missing';
  readonly found: string;
  /** What to do. */
  readonly hint?: string;
};

const MIN_NODE = [20, 19] as const;
/** A quickstart takes under 1 GB; one of its run folders some 30 MB. */
const LOW_MEMORY = 1.5e9;
const LOW_DISK = 1e9;

/** Whether a version of Node is new enough. */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  const needed = MIN_NODE.join('.');
  if (enough) return { name: 'node', status: 'ok', found: version };
  return {
    name: 'node',
    status: 'missing',
    found: `${version}, older than ${needed}`,
    hint: `install Node ${needed} or newer: https://nodejs.org`,
  };
}

/** Computes with onnxruntime: the native build, or its replacement. */
export async function checkRuntime(wanted: DeviceOptions['runtime'] = 'native'): Promise<Check> {
  const name = 'runtime';
  const device = openDevice({ threads: 1, runtime: wanted });
  try {
    const info = await device.runtime();
    const program = await device.compile({
      states: {},
      inputs: { x: spec('float32', [2]) },
      build: (_, { x }) => ({ outputs: mul(x, 3) }),
    });
    const { data } = await program.run({}, { x: arrayOf('float32', [2], [2, 5]) }).read();
    if (data[0] !== 6 || data[1] !== 15)
      throw new Error(`3 × [2, 5] gave [${data}] instead of [6, 15]`);
    return describeRuntime(info);
  } catch (error) {
    return {
      name,
      status: 'missing',
      found: `onnxruntime does not work: ${firstLine(error)}`,
      hint: 'install the package again; in a clone: npm ci, then npm run build',
    };
  } finally {
    await device.close();
  }
}

function describeRuntime({ kind, version, reason }: RuntimeInfo): Check {
  const name = 'runtime';
  if (kind === 'native') {
    return { name, status: 'ok', found: `onnxruntime ${version}, native${describeCuda()}` };
  }
  return {
    name,
    status: 'warning',
    found: `onnxruntime ${version} in WebAssembly, slower than native${reason ? ` (${reason})` : ''}`,
    hint:
      'onnxruntime-node is optional, and npm leaves it out where its install script fails, which downloads CUDA files that are ' +
      `not needed: npm install --ignore-scripts onnxruntime-node@${version}`,
  };
}

/** The install script of onnxruntime-node may have fetched some 400 MB. */
function describeCuda(): string {
  try {
    const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
    const folder = path.join(
      path.dirname(manifest),
      'bin',
      'napi-v6',
      process.platform,
      process.arch,
    );
    return existsSync(path.join(folder, 'libonnxruntime_providers_cuda.so'))
      ? ', with CUDA files'
      : '';
  } catch {
    return '';
  }
}

/** Both WebAssembly kernels against the plain code that they must equal. */
export function checkKernels(): Check {
  const name = 'kernels';
  try {
    const options = { colors: 3, grid: 8, band: { kind: 'absolute', low: 0, high: 2 } } as const;
    const draw = (create: typeof createNcaWorld) =>
      drawSequence(create(options), keyFromSeed(1), 0).tokens.join();
    if (draw(createNcaWorld) !== draw(createPlainNcaWorld as typeof createNcaWorld)) {
      throw new Error('the kernel of cellular automata differs from the plain code');
    }
    const settings = namedSettings('nano');
    const { warrior } = assemble('mov 0, 1');
    const play = (create: typeof createMars) => {
      const mars = create(settings);
      mars.load([warrior!, warrior!]);
      return JSON.stringify(mars.play({ positions: [0, 40], first: 0 }));
    };
    if (play(createMars) !== play(createPlainMars)) {
      throw new Error('the kernel of Core War differs from the plain code');
    }
    return { name, status: 'ok', found: 'cellular automata and Core War, WebAssembly with SIMD' };
  } catch (error) {
    return {
      name,
      status: 'missing',
      found: firstLine(error),
      hint: 'install the package again; in a clone: npm run build',
    };
  }
}

/** The default corpus, by its hash. */
export function checkCorpus(file?: string): Check {
  const name = 'default text';
  try {
    const { documents, bytes } = measureCorpus(readDefaultCorpus(file));
    const found = `${documents} documents, ${formatBytes(bytes)}, sha256 ${DEFAULT_CORPUS_SHA256}`;
    return { name, status: 'ok', found };
  } catch (error) {
    return {
      name,
      status: 'missing',
      found: firstLine(error),
      hint: 'install the package again; in a clone: npm run build. Until then: --text FILE',
    };
  }
}

/** The processor, and the memory that this process may use. */
export function checkMachine(memory = usableMemory()): Check[] {
  const { cpu, platform, arch } = describeMachine();
  const cores = os.availableParallelism();
  return [
    { name: 'platform', status: 'ok', found: `${platform} ${arch}` },
    { name: 'cores', status: 'ok', found: `${cores} usable (${cpu})` },
    {
      name: 'memory',
      found: formatBytes(memory),
      ...(memory >= LOW_MEMORY
        ? { status: 'ok' }
        : { status: 'warning', hint: 'the quickstart takes under 1 GB, larger models several' }),
    },
  ];
}

/** Whether runs can be written where the command is given. */
export function checkFolder(folder: string): Check {
  const name = 'disk';
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    const found = `${formatBytes(bavail * bsize)} free in the working folder`;
    if (bavail * bsize >= LOW_DISK) return { name, status: 'ok', found };
    return { name, status: 'warning', found, hint: 'run elsewhere, or pass --out DIR' };
  } catch (error) {
    const found = `the working folder cannot be written to (${(error as NodeJS.ErrnoException).code})`;
    return { name, status: 'warning', found, hint: 'run elsewhere, or pass --out DIR' };
  }
}

/** Optional things that some commands use. */
export function checkOptional(environment: NodeJS.ProcessEnv = process.env): Check[] {
  const keys = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY'].filter((name) => environment[name]);
  return [
    {
      name: 'git',
      status: 'ok',
      found: readGitVersion() ?? 'not found: runs from a clone do not note their commit',
    },
    {
      name: 'model keys',
      status: 'ok',
      found: keys.join(', ') || 'none set: drq needs one only for a language model',
    },
  ];
}

function readGitVersion(): string | undefined {
  try {
    return execFileSync('git', ['--version'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .replace('git version ', '');
  } catch {
    return undefined;
  }
}

/** All checks of `primordia doctor`. */
export async function checkInstallation(folder: string): Promise<Check[]> {
  const packageFile = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  return [
    { name: 'primordia', status: 'ok', found: version },
    checkNode(process.versions.node),
    ...checkMachine(),
    checkFolder(folder),
    await checkRuntime(),
    checkKernels(),
    checkCorpus(),
    ...checkOptional(),
  ];
}

function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
