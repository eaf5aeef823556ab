// Starts commands with a fault on the disk, which `disk-faults.mjs` brings about in them.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { type Finished, MAIN, startCommand } from './command-line.ts';

const DISK_FAULTS = new URL('./disk-faults.mjs', import.meta.url).href;

export type KillKind = 'kill before' | 'kill midway';

/** A fault on the disk; what each means is told in `disk-faults.mjs`. */
export type DiskFault = {
  /** How the paths begin that count. */
  readonly under: string;
  /** Number of the operation, from 1; by default none. */
  readonly at?: number;
  readonly kind?: string;
  /** A file that gets a line for each operation. */
  readonly log?: string;
};

function faultVariables({ under, at, kind, log }: DiskFault): Record<string, string> {
  return {
    DISK_FAULT_UNDER: under,
    ...(at === undefined ? {} : { DISK_FAULT_AT: String(at) }),
    ...(kind === undefined ? {} : { DISK_FAULT_KIND: kind }),
    ...(log === undefined ? {} : { DISK_FAULT_LOG: log }),
  };
}

/** Runs a command in a process of its own, with a fault on what it does below `out`; what it starts has none. */
export function runWithFault(
  args: readonly string[],
  folder: string,
  fault: Omit<DiskFault, 'under'>,
) {
  return spawnSync(process.execPath, ['--import', DISK_FAULTS, MAIN, ...args], {
    // A program that does not end is a fault, not a reason to wait.
    timeout: 300_000,
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...faultVariables({ ...fault, under: path.join(folder, 'out') }) },
  });
}

/** Starts a command in a process of its own, with a fault on the disk for it and for what it starts. */
export function startWithFault(
  args: readonly string[],
  cwd: string,
  fault: DiskFault,
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const faults = { ...faultVariables(fault), NODE_OPTIONS: `--import ${DISK_FAULTS}` };
  return startCommand(args, { cwd, env: { ...env, ...faults } });
}
