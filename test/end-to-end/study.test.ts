// Studies as a user runs them: side by side, killed, stopped, with an arm that diverges.

import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Finished,
  runInProcess,
  startCommand,
  TINY_RECIPE,
  withFolder,
  writeTinyProject,
} from '../support/command-line.ts';

const { model, source, text, checkpoint } = TINY_RECIPE;
const STUDY = {
  name: 'tiny-study',
  seeds: [0, 1],
  base: {
    model,
    source: { ...source, steps: 10, evaluateEvery: 10 },
    text: { ...text, steps: 16, evaluateEvery: 8 },
    checkpoint,
  },
  sources: { nca: {}, warm: { text: { steps: 8 } } },
  arms: { scratch: {}, nca: { from: 'nca' }, warm: { from: 'warm' } },
};
/** Sources: nca and warm; arms: scratch, nca and warm; two seeds of each. */
const RUNS = 10;

function writeProject(folder: string, changes: object = {}): void {
  writeTinyProject(folder);
  writeFileSync(path.join(folder, 'study.json'), JSON.stringify({ ...STUDY, ...changes }));
}

type Snapshot = { files: Record<string, string>; summary: object };

/** The newest checkpoint of every run byte for byte, and the summary without what depends on the clock. */
function snapshot(study: string): Snapshot {
  const files: Record<string, string> = {};
  const folders = readdirSync(study, { recursive: true, encoding: 'utf8' });
  for (const stage of folders.filter((name) => /checkpoints\/(source|text)$/.test(name)).sort()) {
    const newest = path.join(stage, readdirSync(path.join(study, stage)).sort().at(-1)!);
    for (const file of readdirSync(path.join(study, newest))) {
      const name = path.join(newest, file);
      files[name] = readFileSync(path.join(study, name)).toString('base64');
    }
  }
  const { seconds, ...summary } = readJson(path.join(study, 'summary.json'));
  return { files, summary };
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a command wrote
function readJson(file: string): any {
  return JSON.parse(readFileSync(file, 'utf8'));
}

let undisturbed: Snapshot;
let printed: Finished;
let html: string;

beforeAll(async () => {
  await withFolder(async (folder) => {
    writeProject(folder);
    const args = ['study', 'study.json', '--out', 'out', '--workers', '1', '--json'];
    printed = await runInProcess(args, { cwd: folder });
    expect(printed.stderr).toBe('');
    undisturbed = snapshot(path.join(folder, 'out'));
    html = readFileSync(path.join(folder, 'out/report.html'), 'utf8');
  });
}, 300_000);

/** Runs a command to which something happens when an arm has come so far. */
async function interrupt(
  folder: string,
  args: readonly string[],
  act: (child: ChildProcess) => void,
  when: (event: { arm: string; stage: string; step: number }) => boolean,
): Promise<Finished> {
  let sent = false;
  const finished = await startCommand([...args, '--json'], {
    cwd: folder,
    onLine: (line, child) => {
      const event = JSON.parse(line);
      if (sent || event.event !== 'step' || !when(event)) return;
      sent = true;
      act(child);
    },
  });
  expect(sent).toBe(true);
  return finished;
}

describe('a study', () => {
  test('ends with its numbers as one JSON object, and a report', () => {
    expect(printed.code).toBe(0);
    const lines = printed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ event }) => event === 'job').at(-1)).toMatchObject({ done: RUNS });
    expect(lines.at(-1)).toMatchObject({ ...undisturbed.summary, report: 'out/report.html' });
    const models = Object.keys(undisturbed.files).filter((name) =>
      /model\.safetensors$/.test(name),
    );
    expect(models).toHaveLength(RUNS);
    const command = 'primordia study study.json --out out --workers 1 --json';
    for (const part of ['Corpus: text', 'Sources', command]) expect(html).toContain(part);
  });

  test('moved as it runs, stopped, grown by a seed, with two workers: comes out the same', async () => {
    await withFolder(async (folder) => {
      writeProject(folder);
      const out = path.join(folder, 'out');
      const readReport = () => readFileSync(path.join(out, 'report.html'), 'utf8');
      const begin = ['study', 'study.json', '--out', 'out', '--seeds', '0', '--workers', '2'];
      const isMiddle = (kind: string) => (event: { arm: string; stage: string; step: number }) =>
        event.arm === `text ${kind} seed 0` && event.stage === 'text' && event.step >= 6;
      const moved = path.join(folder, 'moved');
      const lost = await interrupt(
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

      const stopped = await interrupt(
        folder,
        ['resume', 'moved'],
        (child) => child.kill('SIGINT'),
        isMiddle('nca'),
      );
      renameSync(moved, out);
      expect(readReport()).toContain('Unfinished: ');
      expect(stopped.code).toBe(130);
      expect(JSON.parse(stopped.stdout.trim().split('\n').at(-1)!)).toMatchObject({
        stopped: true,
      });
      expect(existsSync(path.join(out, 'summary.json'))).toBe(false);

      const grow = ['study', 'study.json', '--out', 'out', '--workers', '2'];
      const grown = await runInProcess(grow, { cwd: folder });
      expect(grown.stderr).toBe('');
      expect(grown.code).toBe(0);
      expect(grown.stdout).toMatch(/^text: 2 paired seeds, final held-out loss/m);
      expect(grown.stdout).toMatch(/^warm +– +\d\.\d{4} +[-+]\d\.\d{4} ± \d/m);
      expect(grown.stdout).toContain('report   out/report.html');
      expect(readReport()).not.toContain('Unfinished: ');
      const found = snapshot(out);
      expect(Object.keys(found.files)).toEqual(Object.keys(undisturbed.files));
      for (const [name, bytes] of Object.entries(undisturbed.files)) {
        expect(found.files[name] === bytes, name).toBe(true);
      }
      expect(found.summary).toEqual(undisturbed.summary);

      const other = [...grow, '--set', 'base.text.steps=9'];
      const refused = await runInProcess(other, { cwd: folder });
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('under another recipe');
      expect(snapshot(out).summary).toEqual(undisturbed.summary);
    });
  }, 300_000);

  test('goes on beside a run that diverges, and says which one it was', async () => {
    await withFolder(async (folder) => {
      const wild = { text: { optimizer: { learningRate: 1e30, clipNorm: 0 } } };
      writeProject(folder, { seeds: [0], baseline: 'wild', arms: { wild, scratch: {} } });
      const args = ['study', 'study.json', '--out', 'out', '--workers', '1'];
      const { code, stderr } = await runInProcess(args, { cwd: folder });
      expect(code).toBe(1);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).toMatch(/^error: 1 of 2 runs failed; text wild seed 0: stage 'text' diverged/);
      expect(stderr).toContain('the other runs are saved');
      expect(existsSync(path.join(folder, 'out/arms/text/scratch/seed-0/summary.json'))).toBe(true);
      expect(existsSync(path.join(folder, 'out/summary.json'))).toBe(false);
      const report = await runInProcess(['report', 'out'], { cwd: folder });
      expect(report.code).toBe(0);
      const page = readFileSync(path.join(folder, 'out/report.html'), 'utf8');
      expect(page).toContain('Unfinished: 1 of 2');
    });
  });
});

describe('a mistaken command', () => {
  const CASES: [string, string[], number, string][] = [
    ['train on a study', ['train', 'study.json'], 1, 'primordia study study.json'],
    ['study on a recipe', ['study', 'tiny.json'], 1, 'primordia train tiny.json'],
    ['no worker', ['study', 'study.json', '--workers', '0'], 2, '1 or more'],
    ['a misspelt key', ['study', 'study.json', '--set', 'basse.seed=1'], 1, "did you mean 'base'?"],
  ];
  let folder: string;
  let release: () => void;
  beforeAll(async () => {
    await new Promise<void>((ready) => {
      withFolder(async (made) => {
        folder = made;
        writeProject(folder);
        ready();
        await new Promise<void>((done) => {
          release = done;
        });
      });
    });
  });
  afterAll(() => release());

  test.each(CASES)('%s is refused with what to do', async (_, args, code, expected) => {
    const finished = await runInProcess(args, { cwd: folder });
    expect(finished.stderr).toContain(expected);
    expect(finished.code).toBe(code);
    expect(existsSync(path.join(folder, 'runs'))).toBe(false);
  });
});
