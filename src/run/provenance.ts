// The provenance of a run: versions, commit, machine and command, without names of persons or paths.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readCheckedJson } from '../files/checked-json.ts';
import { readJsonFile, writeJsonAtomic } from '../files/json.ts';

export type Provenance = {
  readonly versions: {
    readonly primordia: string;
    readonly node: string;
    /** With "(WebAssembly)" where the native build is not installed. */
    readonly onnxruntime: string | null;
  };
  /** The commit of the source, and whether tracked files differ from it; null if not run from a git checkout. */
  readonly source: { readonly commit: string; readonly modified: boolean } | null;
  /** The code of later processes that resumed the run, if it differs from that of the first. */
  readonly resumedFrom?: readonly Provenance['source'][];
  readonly machine: Machine;
  /** ISO 8601, UTC. */
  readonly date: string;
  /** The command line, its paths relative to the working folder or `~`. */
  readonly command: readonly string[];
  /** Files from elsewhere that the run learns from, by their names without folders. */
  readonly data?: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
  /** Files and packages that added kinds. */
  readonly plugins?: readonly PluginRecord[];
  /** What has computed it, as `engine.device` names it, in order. */
  readonly devices?: readonly string[];
  /** The source that comes with the package and that the text stage begins with. */
  readonly transfer?: { readonly source: string; readonly sha256: string };
};

/** A plugin in the provenance of a run. */
export type PluginRecord = {
  /** Name of its file, or of its package with the version. */
  readonly entry: string;
  /** Over names and hashes of all its files. */
  readonly sha256: string;
  /** Named relative to the folder of its module, or of its package. */
  readonly files: readonly { readonly file: string; readonly sha256: string }[];
};

type Machine = {
  readonly cpu: string;
  /** Logical cores. */
  readonly cores: number;
  /** Bytes of main memory. */
  readonly memory: number;
  readonly platform: string;
  readonly arch: string;
};

/** Collects the provenance of this process. */
export function collectProvenance(
  options: {
    readonly date?: Date;
    readonly argv?: readonly string[];
    readonly plugins?: readonly PluginRecord[] | undefined;
  } = {},
): Provenance {
  const root = packageRoot();
  return {
    versions: {
      primordia: readVersion(path.join(root, 'package.json')) ?? 'unknown',
      node: process.versions.node,
      onnxruntime: readOnnxruntimeVersion(root),
    },
    source: readCommit(root),
    machine: describeMachine(),
    date: (options.date ?? new Date()).toISOString(),
    command: describeCommand(options.argv ?? process.argv, process.cwd(), os.homedir()),
    ...(options.plugins?.length ? { plugins: options.plugins } : {}),
  };
}

/** Notes the code of this process, if it resumes a run and is not noted yet. */
export function recordResumed(provenance: string): void {
  // Files edited by hand are left alone.
  const before = Object(readJsonFile(provenance)) as Partial<Provenance>;
  const source = readCommit(packageRoot());
  const resumedFrom = Array.isArray(before.resumedFrom) ? before.resumedFrom : [];
  const known = [before.source ?? null, ...resumedFrom].map((one) => JSON.stringify(one));
  if (known.includes(JSON.stringify(source))) return;
  writeJsonAtomic(provenance, { ...before, resumedFrom: [...resumedFrom, source] });
}

/** Adds the files that a run learns from to its provenance, if they are not noted yet. */
export function recordData(
  provenance: string,
  files: readonly { readonly file: string; readonly bytes: number; readonly sha256: string }[],
): void {
  if (!existsSync(provenance)) return;
  const before = readJsonFile(provenance) as Provenance;
  if (before.data !== undefined) return;
  const data = files.map(({ file, bytes, sha256 }) => ({
    name: path.basename(file),
    bytes,
    sha256,
  }));
  writeJsonAtomic(provenance, { ...before, data });
}

/**
 * Notes the device that computes from now on, without the folders of a plugin's path.
 *
 * @returns the one that computed before, if it was another one
 */
export function recordDevice(provenance: string, device: string): string | null {
  if (!existsSync(provenance)) return null;
  // Files edited by hand are left alone.
  const record = Object(readJsonFile(provenance)) as Partial<Provenance>;
  const devices = Array.isArray(record.devices) ? record.devices : [];
  const name = device.replace(/^xla:.*[\\/]/, 'xla:');
  const last = devices.at(-1);
  if (last === name) return null;
  writeJsonAtomic(provenance, { ...record, devices: [...devices, name] });
  return last ?? null;
}

/** Adds the shipped source that a run starts from to its provenance, if it is not noted yet. */
export function recordTransfer(
  provenance: string,
  transfer: NonNullable<Provenance['transfer']>,
): void {
  if (!existsSync(provenance)) return;
  const before = readJsonFile(provenance) as Provenance;
  if (before.transfer === undefined) writeJsonAtomic(provenance, { ...before, transfer });
}

/** The machine: no host name, no user name, no paths. */
export function describeMachine(): Machine {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memory: os.totalmem(),
    platform: process.platform,
    arch: process.arch,
  };
}

/**
 * A command line for display: `argv` as Node gives it, without node, the script by its name
 * only, paths in arguments relative to the working folder, and the home folder as `~`.
 */
export function describeCommand(
  argv: readonly string[],
  workingDirectory: string,
  homeDirectory: string,
): string[] {
  const script = argv[1] === undefined ? 'node' : path.basename(argv[1]);
  const hidden: [string, string][] = [
    [workingDirectory, '.'],
    [homeDirectory, '~'],
  ];
  const shorten = (argument: string) =>
    hidden.reduce((text, [folder, name]) => replaceFolder(text, folder, name), argument);
  return [script, ...argv.slice(2).map(shorten)];
}

/**
 * The commit checked out in `root`, and whether tracked files differ from it; null if `root` is
 * not itself a git checkout (a package installed inside somebody's checkout is not), or git is missing.
 */
export function readCommit(root: string): Provenance['source'] {
  const gitDirectory = path.join(root, '.git');
  if (!existsSync(gitDirectory)) return null;
  try {
    const status = execFileSync(
      'git',
      [
        ...[`--git-dir=${gitDirectory}`, `--work-tree=${root}`],
        ...['status', '--porcelain=v2', '--branch', '--untracked-files=no'],
      ],
      {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 10_000,
        // Reading must not write the index.
        env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
      },
    );
    const lines = status.trim().split('\n');
    const commit = lines.find((line) => /^# branch\.oid [0-9a-f]+$/.test(line))?.split(' ')[2];
    if (commit === undefined) return null;
    return { commit, modified: lines.some((line) => !line.startsWith('#')) };
  } catch {
    return null;
  }
}

const recordSchema = z.looseObject({ command: z.array(z.string()).optional() });

/**
 * The record of a run's provenance, for reports; empty if there is no file.
 *
 * @throws UserError if it is damaged
 */
export function readProvenance(file: string): z.infer<typeof recordSchema> {
  return existsSync(file) ? readCheckedJson(file, recordSchema, 'the provenance of a run') : {};
}

/** Replaces `folder` where it is a whole path or the beginning of one. */
function replaceFolder(text: string, folder: string, name: string): string {
  // The root folder is a prefix of every path and reveals nothing.
  if (path.dirname(folder) === folder) return text;
  const escaped = folder.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\w/.-])${escaped}(?=$|[/\\\\:,;])`, 'g'), () => name);
}

function packageRoot(): string {
  // Both src/run and dist/run lie two folders below the package.
  return path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
}

function readOnnxruntimeVersion(root: string): string | null {
  try {
    const { resolve } = createRequire(import.meta.url);
    return readVersion(resolve('onnxruntime-node/package.json'));
  } catch {
    // The WebAssembly that comes with the package has the version of what it asks for.
    const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    return `${dependencies['onnxruntime-common']} (WebAssembly)`;
  }
}

function readVersion(packageFile: string): string | null {
  try {
    return JSON.parse(readFileSync(packageFile, 'utf8')).version ?? null;
  } catch {
    return null;
  }
}
