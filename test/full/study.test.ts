// Studies that are killed, moved, grown and taken up by two processes at once; test/end-to-end/study.test.ts has the shorter ones.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isHeld, readHolder } from '../../src/files/lock-file.ts';
import {
  type Finished,
  runInProcess,
  startCommand,
  withFolder,
  writeTinyProject,
} from '../support/command-line.ts';
import { withoutTimes } from '../support/kill-sweep.ts';
import { MEMORIES } from '../support/memory-study.ts';
import { expectInPage, expectNotInPage } from '../support/page-text.ts';
import {
  interruptStudy,
  isMiddle,
  type StudySnapshot,
  snapshotStudy,
  writeStudyProject,
} from '../support/tiny-study.ts';

const lastLine = ({ stdout }: Finished) => JSON.parse(stdout.trim().split('\n').at(-1)!);

let whole: string;
let undisturbed: StudySnapshot;
beforeAll(async () => {
  whole = mkdtempSync(path.join(tmpdir(), 'primordia-study-'));
  writeStudyProject(whole);
  const args = ['study', 'study.json', '--out', 'out', '--executor', 'in-process'];
  expect(await runInProcess(args, { cwd: whole })).toMatchObject({ code: 0, stderr: '' });
  undisturbed = snapshotStudy(path.join(whole, 'out'));
});
afterAll(() => rmSync(whole, { recursive: true, force: true }));

/** The locks below a folder whose holders live. */
function heldLocks(study: string): string[] {
  const files = readdirSync(study, { recursive: true, encoding: 'utf8' });
  return files.filter(
    (file) => file.endsWith('run.lock') && isHeld(readHolder(path.join(study, file))),
  );
}

test('killed, moved to another path, resumed beside a second process: comes out the same', async () => {
  await withFolder(async (folder) => {
    writeStudyProject(folder);
    const begin = ['study', 'study.json', '--out', 'out', '--workers', '1'];
    const killed = await interruptStudy(
      folder,
      begin,
      (child) => child.kill('SIGKILL'),
      isMiddle('norms'),
    );
    expect(killed.signal).toBe('SIGKILL');
    // Its job notices, and ends by itself; until then it holds its own folder.
    await expect.poll(() => heldLocks(path.join(folder, 'out'))).toEqual([]);
    await withFolder(async (elsewhere) => {
      const place = path.join(elsewhere, 'deep', 'place');
      mkdirSync(path.dirname(place));
      renameSync(path.join(folder, 'out'), place);
      // Texts are found from where the command runs.
      writeTinyProject(elsewhere);
      let second: Promise<Finished> | undefined;
      const resume = ['resume', 'deep/place'];
      const first = await interruptStudy(
        elsewhere,
        resume,
        () => {
          second = startCommand(resume, { cwd: elsewhere });
        },
        ({ arm }) => arm === 'warm seed 0',
      );
      expect(first).toMatchObject({ code: 0, stderr: '' });
      const { code, stderr } = await second!;
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error: deep\/place is being written by process \d+/);
      const found = snapshotStudy(place);
      expect(found.files).toEqual(undisturbed.files);
      expect(found.summary).toEqual(undisturbed.summary);
    });
  });
});

test('moved as it runs, stopped, grown by a seed, with two workers: comes out the same', async () => {
  await withFolder(async (folder) => {
    writeStudyProject(folder);
    const out = path.join(folder, 'out');
    const readReport = () => readFileSync(path.join(out, 'report.html'), 'utf8');
    const begin = ['study', 'study.json', '--out', 'out', '--seeds', '0', '--workers', '2'];
    const moved = path.join(folder, 'moved');
    const lost = await interruptStudy(
      folder,
      begin,
      () => renameSync(out, moved),
      isMiddle('scratch'),
    );
    expect(lost.stderr).toMatch(/^error: out was moved or removed while it was being written/);
    expect(lost.code).toBe(1);
    expect(existsSync(out)).toBe(false);
    const report = await runInProcess(['report', 'moved'], { cwd: folder });
    expect(report.stderr).toBe('');

    const stopped = await interruptStudy(
      folder,
      ['resume', 'moved'],
      (child) => child.kill('SIGINT'),
      isMiddle('nca'),
    );
    renameSync(moved, out);
    expectInPage(readReport(), 'Unfinished: ');
    expect(stopped.code).toBe(130);
    expect(lastLine(stopped)).toMatchObject({ stopped: true });
    expect(existsSync(path.join(out, 'summary.json'))).toBe(false);

    const grow = ['study', 'study.json', '--out', 'out', '--workers', '2'];
    const grown = await runInProcess(grow, { cwd: folder });
    expect(grown.stderr).toBe('');
    expect(grown.code).toBe(0);
    expect(grown.stdout).toMatch(/^final held-out loss .*, mean of 2 paired seeds/m);
    expect(grown.stdout).toMatch(/^warm +– +\d\.\d{4} +[-+]\d\.\d{4} ± \d/m);
    expect(grown.stdout).toContain('report   out/report.html');
    expectNotInPage(readReport(), 'Unfinished: ');
    const found = snapshotStudy(out);
    expect(Object.keys(found.files)).toEqual(Object.keys(undisturbed.files));
    for (const [name, bytes] of Object.entries(undisturbed.files)) {
      expect(found.files[name] === bytes, name).toBe(true);
    }
    expect(found.summary).toEqual(undisturbed.summary);

    for (const [change, words] of [
      ['base.stages.text.steps=9', 'with a different recipe'],
      ['seeds=[1]', 'is no longer part of the study'],
    ] as const) {
      const refused = await runInProcess([...grow, '--set', change], { cwd: folder });
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(words);
      expect(snapshotStudy(out).summary).toEqual(undisturbed.summary);
    }
  });
});

test('of memories, killed and resumed, chooses the same values and tells the same', async () => {
  await withFolder(async (folder) => {
    writeFileSync(path.join(folder, 'small.json'), JSON.stringify(MEMORIES));
    const study = ['study', 'small.json', '--out'];
    const whole = [...study, 'whole', '--executor', 'in-process'];
    expect(await runInProcess(whole, { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
    let sent = false;
    await startCommand([...study, 'cut', '--json', '--workers', '1'], {
      cwd: folder,
      onLine: (line, child) => {
        const { event, done } = JSON.parse(line) as { event: string; done: number };
        if (sent || event !== 'job' || done < 4) return;
        sent = true;
        child.kill('SIGKILL');
      },
    });
    expect(sent).toBe(true);
    expect((await runInProcess(['report', 'cut'], { cwd: folder })).code).toBe(0);
    expect((await runInProcess(['resume', 'cut'], { cwd: folder })).code).toBe(0);
    const read = (out: string) => {
      const file = path.join(folder, out, 'summary.json');
      const { cells, tuning } = JSON.parse(readFileSync(file, 'utf8'));
      return withoutTimes(JSON.stringify({ cells, tuning }));
    };
    expect(read('cut')).toEqual(read('whole'));
  });
});
