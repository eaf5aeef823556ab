// Runs that lose their disk, their folder, their terminal: they say why, keep what is saved, and go on to the same bits.

import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInProcess, startCommand } from '../support/command-line.ts';
import { runWithFault, startWithFault } from '../support/disk-faults.ts';
import {
  choosePoints,
  differences,
  killAndGoOn,
  runUndisturbed,
  takeSnapshot,
  type Undisturbed,
} from '../support/kill-sweep.ts';
import { TRAIN } from '../support/killables.ts';

let base: string;
let whole: Undisturbed;
beforeAll(() => {
  base = mkdtempSync(path.join(tmpdir(), 'primordia-starve-'));
  whole = runUndisturbed(TRAIN, path.join(base, 'whole'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

function prepare(name: string): string {
  const folder = path.join(base, name);
  mkdirSync(folder);
  TRAIN.prepare(folder);
  return folder;
}

/** Trains, and does something at a checkpoint of the text stage. */
function trainUntil(folder: string, act: () => void) {
  let done = false;
  return startCommand([...TRAIN.begin, '--json'], {
    cwd: folder,
    onLine: (line) => {
      const { event, stage, step } = JSON.parse(line);
      if (done || event !== 'checkpoint' || stage !== 'text' || step !== 3) return;
      done = true;
      act();
    },
  });
}

async function goOn(folder: string, out = 'out'): Promise<void> {
  expect(await runInProcess(['resume', out], { cwd: folder })).toMatchObject({
    code: 0,
    stderr: '',
  });
}

test('a run killed between two operations on the disk leaves nothing behind', async () => {
  const { operations, snapshot } = whole;
  // One point here; test/full/kill-sweep.test.ts has twenty.
  const [point] = choosePoints(operations, 1);
  const found = await killAndGoOn(TRAIN, path.join(base, 'killed'), point!);
  expect(differences(found, snapshot), JSON.stringify(point)).toEqual([]);
});

describe('a signal saves, says how to go on, and is the exit code:', () => {
  // Sent by the process to itself: from here it may come when the last step is done.
  const stopBy = async (kind: NodeJS.Signals) => {
    const folder = prepare(kind);
    const { code, stderr, stdout } = await startWithFault([...TRAIN.begin, '--json'], folder, {
      under: path.join(folder, 'out/checkpoints/text/step-00000003'),
      at: 1,
      kind,
    });
    return { folder, code, stderr, end: JSON.parse(stdout.trimEnd().split('\n').at(-1)!) };
  };
  const end = { stopped: true, directory: 'out' };

  test('SIGTERM', async () => {
    const { folder, ...found } = await stopBy('SIGTERM');
    expect(found).toEqual({ code: 143, stderr: '', end });
    await goOn(folder);
    expect(differences(takeSnapshot(folder), whole.snapshot)).toEqual([]);
  });

  test('SIGHUP', async () => {
    expect(await stopBy('SIGHUP')).toMatchObject({ code: 129, stderr: '', end });
  });
});

describe('a folder under a run', () => {
  test('that is moved ends the run with a sentence, and goes on in its new place', async () => {
    const folder = prepare('moved');
    const { code, stderr } = await trainUntil(folder, () =>
      renameSync(path.join(folder, 'out'), path.join(folder, 'elsewhere')),
    );
    expect(stderr).toMatch(/^error: out was moved or removed while it was being written \(.*\)\n$/);
    expect(code).toBe(1);
    expect(readdirSync(folder)).not.toContain('out');
    await goOn(folder, 'elsewhere');
    renameSync(path.join(folder, 'elsewhere'), path.join(folder, 'out'));
    expect(differences(takeSnapshot(folder), whole.snapshot)).toEqual([]);
  });

  test('that is removed ends the run with a sentence, and is not made anew', async () => {
    const folder = prepare('removed');
    // Moved first: files that are written meanwhile keep a folder from being removed.
    const { code, stderr } = await trainUntil(folder, () => {
      renameSync(path.join(folder, 'out'), path.join(folder, 'trash'));
      rmSync(path.join(folder, 'trash'), { recursive: true });
    });
    expect(stderr).toMatch(/^error: out was moved or removed while it was being written \(.*\)\n$/);
    expect(code).toBe(1);
    expect(readdirSync(folder)).not.toContain('out');
  });
});

test('a disk that fills up is said, and the run goes on when there is room', async () => {
  const { operations, snapshot } = whole;
  const folder = prepare('full');
  const at = operations.findIndex((operation) => operation.includes('text/step-00000006')) + 3;
  const { status, stderr } = runWithFault(TRAIN.begin, folder, { at, kind: 'ENOSPC' });
  expect(stderr).toMatch(
    /^error: disk full while writing out\/checkpoints\/text\/step-00000006[^\n]*\(free space[^\n]*\)\n$/,
  );
  expect(stderr).toContain('the last good checkpoint is out/checkpoints/text/step-00000003');
  expect(status).toBe(1);
  await goOn(folder);
  expect(differences(takeSnapshot(folder), snapshot)).toEqual([]);
});

test('what stands in the way of a run is named', async () => {
  const folder = prepare('in-the-way');
  const refusal = async (...args: string[]) => {
    const { code, stderr } = await runInProcess(args, { cwd: folder });
    expect(code).toBe(1);
    return stderr;
  };
  mkdirSync(path.join(folder, 'locked', 'run.lock'), { recursive: true });
  expect(await refusal('train', 'tiny.json', '--out', 'locked')).toMatch(
    /locked\/run\.lock is a folder, and the lock file belongs there/,
  );
  writeFileSync(path.join(folder, 'plain'), '');
  for (const args of [
    ['train', 'tiny.json', '--out', 'plain/run'],
    ['nca', 'generate', '--tokens', '1k', '--out', 'plain/run'],
  ]) {
    expect(await refusal(...args)).toMatch(/plain is a file where a folder should be/);
  }
  expect(await refusal('resume', 'nowhere')).toMatch(/nowhere does not hold a run to resume/);
});
