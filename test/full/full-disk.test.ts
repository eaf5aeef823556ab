// The disk fails at an operation, and at every one after it that takes space: each kind of work says so in a sentence,
// leaves what is whole, and goes on to the same files when the disk is well again.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInProcess } from '../support/command-line.ts';
import { runWithFault } from '../support/disk-faults.ts';
import {
  choosePoints,
  differences,
  removeFolder,
  runUndisturbed,
  takeSnapshot,
  withoutProgress,
} from '../support/kill-sweep.ts';
import { ARMS_RACE, KILLABLES } from '../support/killables.ts';

const POINTS = 5;
const CODES: Readonly<Record<string, RegExp>> = {
  ENOSPC: /disk full while/,
  EDQUOT: /disk quota reached while/,
  EIO: /the disk reported an input\/output error \(EIO\) while/,
  EROFS: /read-only file system:/,
  EACCES: /no permission for/,
};

let base: string;
beforeAll(() => {
  base = mkdtempSync(path.join(tmpdir(), 'primordia-full-'));
});
afterAll(() => removeFolder(base));

describe('a disk that fails is explained, and the work goes on afterwards:', () => {
  test.each([...KILLABLES, ARMS_RACE].map((kind) => [kind.name, kind] as const))(
    '%s',
    async (_, kind) => {
      const whole = path.join(base, `whole-${kind.name.replace(/\W+/g, '-')}`);
      const { operations, snapshot } = runUndisturbed(kind, whole);
      const takesSpace = /^(open|write|writeFile|mkdir|link)Sync /;
      const codes = Object.keys(CODES);
      const wrong: string[] = [];
      for (const [i, { at, operation }] of choosePoints(operations, 4 * POINTS)
        .filter(({ operation }) => takesSpace.test(operation))
        .slice(0, POINTS)
        .entries()) {
        const code = codes[i % codes.length]!;
        const place = `${code} at ${at} (${operation})`;
        const folder = path.join(base, 'starved');
        mkdirSync(folder);
        kind.prepare(folder);
        const failed = runWithFault(kind.begin, folder, { at, kind: code });
        const { status } = failed;
        const stderr = withoutProgress(failed.stderr);
        if (status !== 1 || !/^error: [^\n]+\n$/.test(stderr) || !CODES[code]!.test(stderr)) {
          wrong.push(`${place}: code ${status}, ${stderr}`);
        }
        let again = await runInProcess(kind.goOn ?? kind.begin, { cwd: folder });
        // A run that could not begin has left nothing.
        if (again.code !== 0) again = await runInProcess(kind.begin, { cwd: folder });
        if (again.code !== 0) wrong.push(`${place}: going on: ${again.stderr}`);
        const found = differences(takeSnapshot(folder), snapshot);
        wrong.push(...found.map((difference) => `${place}: ${difference}`));
        removeFolder(folder);
      }
      removeFolder(whole);
      expect(wrong).toEqual([]);
    },
  );
});

/** Whether this process may mount file systems. */
function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const probe = mkdtempSync(path.join(tmpdir(), 'primordia-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe]);
    return true;
  } catch {
    return false;
  } finally {
    removeFolder(probe);
  }
}

test.skipIf(!canMount())('a file system that really is read-only is named so', async () => {
  const disk = path.join(base, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', disk]);
  try {
    for (const kind of [...KILLABLES, ARMS_RACE]) {
      const folder = path.join(base, 'read-only');
      mkdirSync(folder);
      kind.prepare(folder);
      writeFileSync(path.join(folder, 'note'), '');
      for (const out of [path.join(disk, 'deep', 'out'), path.join(disk, 'out')]) {
        const args = kind.begin.map((arg) => (/^out(\.json|\.red)?$/.test(arg) ? out : arg));
        const { code, stderr } = await runInProcess(args, { cwd: folder });
        expect(withoutProgress(stderr), `${kind.name} ${out}`).toMatch(
          /^error: read-only file system: writing /,
        );
        expect(code).toBe(1);
      }
      removeFolder(folder);
    }
  } finally {
    execFileSync('umount', [disk]);
  }
});
