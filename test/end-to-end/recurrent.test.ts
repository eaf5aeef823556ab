// Recurrent networks as a user trains, stops, resumes, samples and studies them.

import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mergeOverlays, type Overlay } from '../../src/run/load-recipe.ts';
import { readMetrics } from '../../src/run/metrics.ts';
import { runInProcess, startCommand, withFolder, writeStory } from '../support/command-line.ts';
import { decodePng } from '../support/decode-png.ts';
import { expectInPage, expectNotInPage } from '../support/page-text.ts';
import { STAGE, TINY_RECURRENT } from '../support/tiny-recurrent.ts';

function writeProject(folder: string, changes: Overlay = {}): void {
  writeStory(path.join(folder, 'story.txt'), 6);
  writeFileSync(
    path.join(folder, 'tiny.json'),
    JSON.stringify(mergeOverlays(TINY_RECURRENT, changes)),
  );
}

/** SHA-256 of what a run leaves at its end, and its metrics without what depends on the clock. */
function snapshot(run: string): Record<string, unknown> {
  const files: Record<string, unknown> = {};
  for (const name of readdirSync(run, { recursive: true, encoding: 'utf8' })) {
    const kept =
      /^(checkpoints\b.*step-0*12\b|stages\b|data\b).*\.\w+$|^(samples\b.*|baselines|rollout|recipe)\.json$/;
    if (!kept.test(name)) continue;
    files[name] = createHash('sha256')
      .update(readFileSync(path.join(run, name)))
      .digest('hex');
  }
  const metrics = readMetrics(path.join(run, 'metrics.jsonl')).map(
    ({ tokensPerSecond: _, elapsedSeconds: __, stepMs: ___, ...row }) => row,
  );
  return { ...files, metrics };
}

type Event = { event: string; stage?: string; step?: number };

const saved = (stage: string, step: number) => (event: Event) =>
  event.event === 'checkpoint' && event.stage === stage && event.step === step;

/** Copies the folder of a run that goes on, but for its lock, which is that of a process that lives. */
function copyRun(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (file) => !file.endsWith('.lock') });
}

/** Moments of a run; its folder as a kill would leave it then is copied, so that one run serves for all of them. */
const CUTS = [
  { name: 'cut off between the stages', when: saved('smt', 12), shows: /dmt +dmt +12 / },
];

const TRAIN = ['train', 'tiny.json', '--out', 'run', '--json'];
let undisturbed: Record<string, unknown>;
let project: string;
let release: () => void;
const at = (...names: string[]) => path.join(project, ...names);

beforeAll(async () => {
  await new Promise<void>((ready, fail) => {
    withFolder(async (folder) => {
      writeProject(folder);
      project = folder;
      const { code, stderr } = await runInProcess(TRAIN, {
        cwd: folder,
        onLine: (line) => {
          const found = CUTS.find(({ when }) => when(JSON.parse(line)));
          if (found) copyRun(at('run'), at(found.name));
        },
      });
      expect(stderr).toBe('');
      expect(code).toBe(0);
      undisturbed = snapshot(path.join(folder, 'run'));
      const done = new Promise<void>((resolve) => {
        release = resolve;
      });
      ready();
      await done;
    }).catch(fail);
  });
});
afterAll(() => release?.());

describe('a run that is', () => {
  test.each(CUTS)('$name ends the same after resume', async ({ name, shows }) => {
    const { stdout, stderr, code } = await runInProcess(['resume', name], { cwd: project });
    expect(stderr).toBe('');
    expect(stdout).toMatch(shows);
    expect(stdout).toContain('4 held-out sequences of 20 tokens');
    expect(code).toBe(0);
    expect(snapshot(at(name))).toEqual(undisturbed);
  });

  test('killed in DMT does too, but not under another teacher than it began with', async () => {
    await withFolder(async (folder) => {
      writeProject(folder);
      let sent = false;
      const first = await startCommand(TRAIN, {
        cwd: folder,
        onLine: (line, child) => {
          if (sent || !saved('dmt', 4)(JSON.parse(line))) return;
          sent = true;
          child.kill('SIGKILL');
        },
      });
      expect(sent).toBe(true);
      expect(first.signal).toBe('SIGKILL');
      const other = path.join(folder, 'other');
      cpSync(path.join(folder, 'run'), other, { recursive: true });
      // What the run began with is in its folder: the text may change meanwhile.
      writeStory(path.join(folder, 'story.txt'), 3);
      const second = await runInProcess(['resume', 'run'], { cwd: folder });
      expect(second.stderr).toBe('');
      expect(second.code).toBe(0);
      expect(snapshot(path.join(folder, 'run'))).toEqual(undisturbed);

      const teacher = 'stages/smt/artifacts/teacher/arrays.safetensors';
      writeFileSync(path.join(other, teacher), 'x');
      const refused = await runInProcess(['resume', 'other'], { cwd: folder });
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('other/stages/smt/artifacts/teacher');
      expect(refused.stderr).toContain('damaged checkpoint');
    });
  });

  test('unrolled, and cut off, does too', async () => {
    await withFolder(async (folder) => {
      const algorithm = { kind: 'next-token', truncate: 5 };
      const changes = { stages: { smt: null, dmt: null, bptt: { ...STAGE, algorithm } } };
      writeProject(folder, changes);
      const [whole, cut] = ['run', 'cut'].map((name) => path.join(folder, name)) as [
        string,
        string,
      ];
      const { code } = await runInProcess(TRAIN, {
        cwd: folder,
        onLine: (line) => {
          if (saved('bptt', 8)(JSON.parse(line))) copyRun(whole, cut);
        },
      });
      expect(code).toBe(0);
      expect((await runInProcess(['resume', 'cut'], { cwd: folder })).code).toBe(0);
      expect(snapshot(cut)).toEqual(snapshot(whole));
    });
  });
});

describe('a finished run', () => {
  const run = (...args: string[]) => runInProcess(args, { cwd: project });

  test('has a report with its stages and what it wrote', () => {
    const html = readFileSync(path.join(project, 'run/report.html'), 'utf8');
    for (const part of [
      'Stages smt, dmt',
      'Drift along the rollout',
      'Gradient against distance',
    ]) {
      expectInPage(html, part);
    }
    expectInPage(html, 'Loss along the rollout');
    // The script of the charts may name it.
    expectNotInPage(html.replace(/<script>[\s\S]*?<\/script>/g, ''), 'NaN');
  });

  test('writes text, the same for one seed', async () => {
    const sample = (...more: string[]) =>
      run('sample', 'run', '--prompt', 'the ', '--tokens', '30', ...more);
    const [one, same, other] = await Promise.all([
      sample(),
      sample(),
      sample('--seed', '1', '--json'),
    ]);
    expect(one.stdout).toMatch(/^the /);
    expect(one.stdout).toBe(same.stdout);
    const { items } = JSON.parse(other.stdout) as {
      items: { prompt: number[]; tokens: number[] }[];
    };
    expect(items).toHaveLength(1);
    expect(items[0]!.prompt).toHaveLength(4);
    expect(items[0]!.tokens).toHaveLength(30);
    expect(one.stderr).toBe('');
  });

  test('lends its weights to a run on another task of the same sizes', async () => {
    const start = { from: './run/stages/smt', keep: 'body' };
    const settings = [
      'data={"kind":"copy"}',
      'stages.dmt=null',
      `stages.smt.start=${JSON.stringify(start)}`,
      'stages.smt.steps=1',
    ];
    const sizes = ['rollout.length=12', 'seed=5'];
    const args = ['--out', 'next', '--set', ...settings, ...sizes];
    const { code, stderr } = await run('train', 'tiny.json', ...args);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const wider = await run('train', 'tiny.json', ...args.slice(2), 'model.hiddenSize=16');
    expect(wider.code).toBe(1);
    expect(wider.stderr).toMatch(
      /stages\.smt\.start: transfer: '.*' is \[.*\] in the source model and \[.*\] in the target model/,
    );
  });

  test.each<[string, string[], RegExp]>([
    ['a file for text', ['sample', 'run', '--out', 'x.png'], /--out is for images/],
    ['no such folder', ['resume', 'nowhere'], /nowhere does not hold a run to resume/],
    [
      'a key of recipes of before',
      ['train', 'tiny.json', '--set', 'bptt={}'],
      /unknown key 'bptt'/,
    ],
    [
      'a teacher that no stage before leaves',
      ['train', 'tiny.json', '--set', 'stages.smt=null', 'stages.dmt.start=null'],
      /stages\.dmt\.start: dmt needs the artifact 'teacher'/,
    ],
    [
      'a run whose last stage left no teacher',
      ['train', 'tiny.json', '--set', 'stages.smt.start.from=./run'],
      /stages\.smt\.start: smt needs the artifact 'teacher' of a stage before it/,
    ],
    ['a missing file of images', ['train', 'smt-mnist'], /data\.file is missing: nothing is downl/],
    [
      'another length than the data have',
      ['train', 'tiny.json', '--set', 'data={"kind":"modular"}'],
      /modular/,
    ],
    [
      'a window that the causal encoder cannot read',
      ['train', 'tiny.json', '--set', 'stages.smt.algorithm.supervision.contextLength=4'],
      /the causal encoder reads all contexts from their beginning/,
    ],
    [
      'gradients through more steps than there are',
      ['train', 'tiny.json', '--set', 'stages.dmt.algorithm.gradientSteps=9'],
      /gradientSteps 9 do not fit/,
    ],
  ])('%s is refused in one line, and leaves nothing', async (_, args, message) => {
    const before = readdirSync(project).sort();
    const { code, stderr, stdout } = await run(...args, '--json');
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toHaveProperty('error');
    expect(readdirSync(project).sort()).toEqual(before);
  });
});

test('images come back as a PNG, pixel by pixel', async () => {
  await withFolder(async (folder) => {
    const header = [0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 3];
    const pixels = Array.from({ length: 180 }, (_, i) => (i % 2) * 255);
    writeFileSync(path.join(folder, 'images'), Uint8Array.from([...header, ...pixels]));
    const images = { kind: 'images', file: 'images', levels: 2 };
    const rollout = { length: undefined, sequences: 2 };
    writeProject(folder, { data: images, contextLength: null, rollout, stages: { dmt: null } });
    const train = await runInProcess(['train', 'tiny.json', '--out', 'run'], { cwd: folder });
    expect(train.stderr).toBe('');
    const args = ['sample', 'run', '--count', '4', '--out', 'drawn/four.png'];
    const { code, stdout } = await runInProcess(args, { cwd: folder });
    expect(code).toBe(0);
    expect(stdout.trim()).toBe('drawn/four.png');
    // Four images of 3 by 3 with a gap around each, four screen pixels a pixel.
    const { width, height, data } = decodePng(readFileSync(path.join(folder, 'drawn/four.png')));
    expect([width, height]).toEqual([(4 * 4 + 1) * 4, 5 * 4]);
    expect(new Set(data)).toEqual(new Set([0, 128, 255]));
    expectInPage(readFileSync(path.join(folder, 'run/report.html'), 'utf8'), 'data:image/png');
    // The file is the run's: another one in its place is noticed.
    const other = Uint8Array.from([...header, ...pixels.map((x) => 255 - x)]);
    writeFileSync(path.join(folder, 'images'), other);
    const changed = await runInProcess(['sample', 'run'], { cwd: folder });
    expect(changed.stderr).toContain('does not hold the images that the run began with');
    const prompt = await runInProcess(['sample', 'run', '--prompt', 'x'], { cwd: folder });
    expect(prompt.code).toBe(1);
  });
});
