// Studies as a user runs them: side by side, killed, stopped, moved, grown, with cells that diverge and values that are chosen.

import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Finished,
  runInProcess,
  withFolder,
  writeTinyProject,
} from '../support/command-line.ts';
import { withoutTimes } from '../support/kill-sweep.ts';
import { BPTT, MEMORIES } from '../support/memory-study.ts';
import { expectInPage, readPageText } from '../support/page-text.ts';
import {
  JOBS_PER_SEED,
  type StudySnapshot,
  snapshotStudy,
  writeStudyProject,
} from '../support/tiny-study.ts';

// biome-ignore lint/suspicious/noExplicitAny: whatever a command wrote
function readJson(file: string): any {
  return JSON.parse(readFileSync(file, 'utf8'));
}

const lastLine = ({ stdout }: Finished) => JSON.parse(stdout.trim().split('\n').at(-1)!);

let whole: string;
let undisturbed: StudySnapshot;
let printed: Finished;
let html: string;

beforeAll(async () => {
  whole = mkdtempSync(path.join(tmpdir(), 'primordia-study-'));
  // Two seeds, with what disturbs them: test/full/study.test.ts.
  writeStudyProject(whole, { seeds: [0] });
  // Here: the others run jobs in processes, and leave the same.
  const args = ['study', 'study.json', '--out', 'out', '--executor', 'in-process', '--json'];
  printed = await runInProcess(args, { cwd: whole });
  expect(printed.stderr).toBe('');
  undisturbed = snapshotStudy(path.join(whole, 'out'));
  html = readFileSync(path.join(whole, 'out/report.html'), 'utf8');
}, 300_000);
afterAll(() => rmSync(whole, { recursive: true, force: true }));

describe('a study', () => {
  test('ends with its numbers as one JSON object, and a report', () => {
    expect(printed.code).toBe(0);
    const lines = printed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const end = { done: JOBS_PER_SEED, total: JOBS_PER_SEED };
    expect(lines.filter(({ event }) => event === 'job').at(-1)).toMatchObject(end);
    const { directory, report, ...summary } = lines.at(-1);
    expect(withoutTimes(JSON.stringify(summary))).toEqual(undisturbed.summary);
    expect([directory, report]).toEqual(['out', 'out/report.html']);
    expect(summary.runs).toEqual({ finished: 4, diverged: 0, total: 4 });
    const models = Object.keys(undisturbed.files).filter((name) =>
      /checkpoints.*model\.safetensors$/.test(name),
    );
    // That of two stages in `warm`, of one in every other job.
    expect(models).toHaveLength(JOBS_PER_SEED + 1);
    const command = 'primordia study study.json --out out --executor in-process --json';
    for (const part of ['What this study can show', 'Sources', command]) {
      expectInPage(readPageText(html), part);
    }
  });

  test('keeps no absolute path in its folder', () => {
    const names = readdirSync(path.join(whole, 'out'), { recursive: true, encoding: 'utf8' });
    const texts = names.filter((name) => /\.jsonl?$/.test(name) && !/provenance/.test(name));
    expect(texts.length).toBeGreaterThan(25);
    for (const name of texts) {
      expect(readFileSync(path.join(whole, 'out', name), 'utf8'), name).not.toContain(whole);
    }
  });

  test('names a job that fails, and keeps the others', async () => {
    await withFolder(async (folder) => {
      cpSync(whole, folder, { recursive: true });
      const at = (name: string) => path.join(folder, 'out', name);
      const job = at('jobs/cells/scratch/seed-0');
      for (const name of ['summary.json', 'jobs/cells/scratch/seed-0/summary.json'])
        rmSync(at(name));
      rmSync(path.join(job, 'stages'), { recursive: true });
      for (const name of readdirSync(path.join(job, 'checkpoints/text'))) {
        writeFileSync(path.join(job, 'checkpoints/text', name, 'state.json'), '');
      }
      const args = ['study', 'study.json', '--out', 'out', '--executor', 'in-process'];
      const { code, stderr } = await runInProcess(args, { cwd: folder });
      expect(code).toBe(1);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).toMatch(/^error: scratch seed 0: .*checkpoint/);
      expect(stderr).toContain('the other jobs are saved');
      expect(existsSync(at('summary.json'))).toBe(false);
      const report = await runInProcess(['report', 'out'], { cwd: folder });
      expect(report.code).toBe(0);
      expectInPage(readFileSync(at('report.html'), 'utf8'), 'Unfinished: 3 of 4');

      // One job alone, as an executor elsewhere runs it.
      rmSync(job, { recursive: true });
      const alone = [
        'study',
        'job',
        '--json',
        '--threads',
        '1',
        '--',
        'out',
        'cells/scratch/seed-0',
      ];
      const ran = await runInProcess(alone, { cwd: folder });
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      const lines = ran.stdout.trim().split('\n');
      expect(lines.map((line) => JSON.parse(line).kind)).toContain('step');
      expect(lastLine(ran)).toEqual({ job: 'cells/scratch/seed-0', end: 'finished' });
      const resumed = await runInProcess(['resume', 'out'], { cwd: folder });
      expect(resumed).toMatchObject({ code: 0, stderr: '' });
      expect(snapshotStudy(at('.')).files).toEqual(undisturbed.files);
      const unknown = await runInProcess(['study', 'job', 'out', 'cells/scratsh/seed-0'], {
        cwd: folder,
      });
      expect(unknown.code).toBe(1);
      expect(unknown.stderr).toContain('its jobs are listed in out/plan.json');
    });
  });
});

describe('a study of memories', () => {
  // Killed in the middle: test/full/study.test.ts.
  test('chooses values, runs, and tells of them', async () => {
    await withFolder(async (folder) => {
      writeFileSync(path.join(folder, 'small.json'), JSON.stringify(MEMORIES));
      const run = (out: string, ...more: string[]) =>
        runInProcess(['study', 'small.json', '--out', out, ...more], { cwd: folder });
      const first = await run('whole', '--executor', 'in-process');
      expect(first.stderr).toBe('');
      expect(first.stdout).toMatch(/share of targets .* gets right, mean of 2 paired seeds/);
      expect(first.stdout).toMatch(/\nbptt +4 +\d\.\d{4} +\d\.\d{4} +– +–\n/);
      expect(first.stdout).toMatch(
        /^4 bptt: stages\.bptt\.optimizer\.learningRate 0\.0\d+ \(of 0\.001, 0\.01\)$/m,
      );
      const { cells } = readJson(path.join(folder, 'whole/summary.json'));
      expect(cells).toHaveLength(2);
      expect(cells[1].tuned).not.toBeNull();
      const page = readFileSync(path.join(folder, 'whole/report.html'), 'utf8');
      expectInPage(page, 'Depth per step');
      expectInPage(page, 'by sequential depth');
      // Each arm can be looked into.
      const traced = ['memory', 'whole', '--arm', cells[0].name, '--sequences', '2'];
      expect(await runInProcess([...traced, '--out', 'trace.json'], { cwd: folder })).toMatchObject(
        {
          code: 0,
          stdout: 'trace.json\n',
        },
      );
      expect(readJson(path.join(folder, 'trace.json')).sequences).toHaveLength(2);
      const unknown = await runInProcess([...traced, '--arm', 'gru'], { cwd: folder });
      expect([unknown.code, unknown.stderr]).toEqual([
        1,
        expect.stringContaining("whole has no arm 'gru'"),
      ]);
      // A study that asks for other runs than lie there is refused, and nothing is lost.
      const before = readFileSync(path.join(folder, 'whole/study.json'), 'utf8');
      const refused = async (message: string, ...more: string[]) => {
        const { code, stderr } = await run('whole', ...more);
        expect(code).toBe(1);
        expect(stderr).toContain(message);
        expect(readFileSync(path.join(folder, 'whole/study.json'), 'utf8')).toBe(before);
        expect(existsSync(path.join(folder, 'whole/summary.json'))).toBe(true);
      };
      const weights = 'base.stages.smt.algorithm.weights.dynamics=2';
      await refused('with a different recipe', '--set', weights);
      await refused('is no longer part of the study', '--seeds', '1');
    });
  }, 300_000);

  test('notes that a run diverged, and does not try it again', async () => {
    await withFolder(async (folder) => {
      const wild = { optimizer: { learningRate: 1e38, clipNorm: 0 } };
      const study = {
        ...MEMORIES,
        seeds: [0],
        tuning: [],
        axes: {
          algorithm: {
            smt: { stages: { dmt: null } },
            bptt: { stages: { smt: null, dmt: null, bptt: { ...BPTT, ...wild } } },
          },
        },
      };
      writeFileSync(path.join(folder, 'wild.json'), JSON.stringify(study));
      const args = ['study', 'wild.json', '--out', 'wild', '--executor', 'in-process'];
      const run = () => runInProcess(args, { cwd: folder });
      const first = await run();
      expect(first.stderr).toBe('');
      expect(first.code).toBe(0);
      expect(first.stdout).toMatch(
        /^bptt diverged under seed 0: left out of the means\. stage 'bptt' diverged: /m,
      );
      const summary = readFileSync(path.join(folder, 'wild/summary.json'), 'utf8');
      expect(JSON.parse(summary).runs).toEqual({ finished: 1, diverged: 1, total: 2 });
      expect((await run()).code).toBe(0);
      expect(readFileSync(path.join(folder, 'wild/summary.json'), 'utf8')).toBe(summary);
      const page = readFileSync(path.join(folder, 'wild/report.html'), 'utf8');
      expectInPage(page, '1 run diverged');
    });
  });
});

describe('the command line of studies', () => {
  test('passes settings, seeds and the gate on, and builds on what its base extends but for name and seed', async () => {
    await withFolder(async (folder) => {
      writeTinyProject(folder, { name: 'below', seed: 9 });
      const base = { extends: './tiny.json', stages: { source: null } };
      const axes = { arm: { plain: {}, slow: { stages: { text: { steps: 1 } } } } };
      writeStudyProject(folder, { base, axes, baseline: 'plain', name: undefined });
      renameSync(path.join(folder, 'study.json'), path.join(folder, 'mine.json'));
      writeTinyProject(folder, { name: 'below', seed: 9 });
      const settings = ['--set', 'base.stages.text.steps=2', '--require-gate', 'dynamics'];
      const more = ['--seeds', '0-1', '--executor', 'in-process', ...settings];
      const ran = await runInProcess(['study', 'mine.json', '--out', 'out', ...more], {
        cwd: folder,
      });
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      expect(ran.stdout).toContain('mean of 2 paired seeds');
      expect(ran.stdout).toMatch(/^slow +\d\.\d{4} +[-+]\d\.\d{4} ± \d\.\d{4} +[<\d]/m);
      const study = readJson(path.join(folder, 'out/study.json'));
      expect(study).toMatchObject({
        name: 'mine',
        seeds: [0, 1],
        requireGate: 'dynamics',
        base: { stages: { text: { steps: 2 } } },
      });
      expect(study.base.name).toBeUndefined();
      expect(study.base.seed).toBeUndefined();
    });
  });

  const CASES: [string, string[], number, string][] = [
    ['train on a study', ['train', 'study.json'], 1, 'primordia study study.json'],
    ['study on a recipe', ['study', 'tiny.json'], 1, 'primordia train tiny.json'],
    ['no worker', ['study', 'study.json', '--workers', '0'], 2, '1 or more'],
    ['an unknown executor', ['study', 'study.json', '--executor', 'cloud'], 2, 'child-processes'],
    [
      'a misspelled key',
      ['study', 'study.json', '--set', 'basse.seed=1'],
      1,
      "did you mean 'base'?",
    ],
    [
      'a misspelled key of the recipe',
      ['study', 'study.json', '--set', 'base.stages.text.step=1'],
      1,
      "did you mean 'steps'?",
    ],
    [
      'an arm whose text is missing',
      [
        'study',
        'study.json',
        '--set',
        'axes.arm.lost={"stages":{"text":{"data":{"corpus":{"files":["gone.txt"]}}}}}',
      ],
      1,
      'no file gone.txt',
    ],
  ];
  test.each(CASES)('%s is refused with what to do', async (_, args, code, expected) => {
    const finished = await runInProcess(args, { cwd: whole });
    expect(finished.stderr).toContain(expected);
    expect(finished.code).toBe(code);
    expect(existsSync(path.join(whole, 'runs'))).toBe(false);
  });
});
