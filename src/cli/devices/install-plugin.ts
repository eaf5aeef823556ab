// Fetches a PJRT plugin with the user's own pip, checks it and unpacks it to where devices are looked for.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../core/index.ts';
import { ensureDirectory, writeDirectoryAtomic } from '../../files/atomic.ts';
import { readRegularFile } from '../../files/read-file.ts';
import { recoverTemporaries } from '../../files/temporaries.ts';
import type { PluginPackage, Wheel } from './plugin-packages.ts';
import { unpackWheel } from './unpack-wheel.ts';

export type InstallOptions = {
  /** The folder of plugins; each gets a folder of its name there. */
  readonly folder: string;
  /** A wheel that was fetched by other means; without it pip is asked. */
  readonly wheel?: string | undefined;
  readonly platform?: string;
  readonly say?: (text: string) => void;
};

/**
 * Installs a plugin.
 *
 * @returns the path of its library
 * @throws UserError where there is none for this platform, it cannot be fetched, or it is not the file that it must be
 */
export async function installPlugin(
  plugin: PluginPackage,
  {
    folder,
    wheel: given,
    platform = `${process.platform}-${process.arch}`,
    say = () => {},
  }: InstallOptions,
): Promise<string> {
  const wheel = plugin.wheels[platform];
  if (!wheel) {
    const known = Object.keys(plugin.wheels).join(', ');
    throw new UserError(`there is no PJRT plugin '${plugin.name}' for ${platform}, only ${known}`, {
      hint: 'name a plugin of your own by its path: xla:/PATH/plugin.so',
    });
  }
  ensureDirectory(folder);
  recoverTemporaries(folder);
  const target = path.join(folder, plugin.name);
  if (given !== undefined) {
    unpack(readWheel(given, wheel), target);
  } else {
    const download = path.join(folder, `download.tmp-${process.pid}`);
    mkdirSync(download);
    try {
      say(`fetching ${plugin.project} ${plugin.version}, ${megabytes(wheel)}, with pip`);
      await fetchWheel(plugin, wheel, download);
      unpack(readWheel(path.join(download, wheel.file), wheel), target);
    } finally {
      rmSync(download, { recursive: true, force: true });
    }
  }
  const library = path.join(target, plugin.library);
  if (statSync(library, { throwIfNoEntry: false })?.isFile()) return library;
  throw new UserError(`${wheel.file} has no ${plugin.library}`);
}

function unpack(bytes: Uint8Array, target: string): void {
  writeDirectoryAtomic(target, (temporary) => unpackWheel(bytes, temporary));
}

/** What to fetch where pip is not at hand, and what to do with it. */
function byHand({ name, project, version }: PluginPackage, { file, sha256 }: Wheel): string {
  return `fetch ${file} (${project} ${version} on PyPI, sha256 ${sha256}), then: primordia devices install ${name} --wheel ${file}`;
}

/** @throws UserError where it has other bytes than it must have */
function readWheel(file: string, wheel: Wheel): Uint8Array {
  const bytes = readRegularFile(file);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found === wheel.sha256) return bytes;
  throw new UserError(`${file} is not ${wheel.file}: its sha256 is ${found}, not ${wheel.sha256}`, {
    hint: 'nothing was installed; fetch it again',
  });
}

function megabytes({ bytes }: Wheel): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** The file lies in `folder` afterwards. */
async function fetchWheel(plugin: PluginPackage, wheel: Wheel, folder: string): Promise<void> {
  const requirement = `${plugin.project}==${plugin.version}`;
  const args = [
    ...['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--no-input'],
    ...['--disable-pip-version-check', '--progress-bar', 'off', '--quiet'],
    // Whatever Python asks, the file is the same.
    ...['--platform', wheel.tag, '--python-version', '3.12', '--dest', folder, requirement],
  ];
  const { code, output } = await run('python3', args);
  const hint = byHand(plugin, wheel);
  if (code === null) {
    throw new UserError('python3, whose pip fetches plugins, is not on the PATH', { hint });
  }
  if (/No module named pip/.test(output)) {
    throw new UserError('the python3 on the PATH has no pip, which fetches plugins', { hint });
  }
  if (code !== 0) {
    const last = output.trim().split('\n').at(-1) ?? '';
    throw new UserError(`pip did not fetch ${requirement}: ${last || `exit code ${code}`}`, {
      hint,
    });
  }
  if (statSync(path.join(folder, wheel.file), { throwIfNoEntry: false })) return;
  throw new UserError(`pip fetched another file of ${requirement} than ${wheel.file}`, { hint });
}

/** Characters of a program's output that are kept. */
const MAX_OUTPUT = 2 ** 14;

type Ended = {
  /** null where it cannot be started */
  readonly code: number | null;
  readonly output: string;
};

function run(command: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (data: Buffer) => {
      output = (output + data).slice(-MAX_OUTPUT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', () => resolve({ code: null, output }));
    child.on('close', (code, signal) => resolve({ code: code ?? (signal ? 1 : 0), output }));
  });
}
