// The guides in docs/guides/, as somebody follows them, and the examples that they are about.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadStudy } from '../../src/study/index.ts';
import { runInProcess, withFolder } from '../support/command-line.ts';
import { findPython } from '../support/find-python.ts';
import { type Followed, followPage, listSteps } from '../support/follow-page.ts';
import { REPLIES, startLanguageModelServer } from '../support/language-model-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GUIDES = path.join(ROOT, 'docs/guides');
const readGuide = (name: string) => readFileSync(path.join(GUIDES, `${name}.md`), 'utf8');
const readExample = (name: string) =>
  readFileSync(path.join(ROOT, 'examples/newcomer', name), 'utf8');
const programs = (followed: readonly Followed[]) =>
  Object.fromEntries(followed.map(({ line, stdout }) => [line, stdout.trim()]));

/** Runs of a study without processes of their own, which take a second each to start. */
const inProcess = (line: string) =>
  line.replace(/^npx primordia study (?!job)\S+/, '$& --executor in-process');

/** The text of a file that a guide has its reader write. */
function fileOf(guide: string, name: string): string {
  const step = listSteps(readGuide(guide)).find((one) => one.kind === 'file' && one.name === name);
  return (step as { readonly text: string }).text;
}

test('every guide is followed by a test below', () => {
  const names = readdirSync(GUIDES).map((file) => path.basename(file, '.md'));
  expect(names.sort()).toEqual([
    'arms-race-local-model',
    'first-run',
    'pytorch-tokens',
    'reading-a-report',
    'slurm-study',
    'your-own-model',
    'your-own-world',
  ]);
});

describe('a guide works as it is written:', () => {
  test.each(['first-run', 'reading-a-report'])('%s', async (name) => {
    await withFolder(async (folder) => {
      const followed = await followPage(readGuide(name), folder, { change: inProcess });
      expect(followed.length).toBeGreaterThanOrEqual(3);
    });
  });

  test('your-own-world', async () => {
    await withFolder(async (folder) => {
      const followed = await followPage(readGuide('your-own-world'), folder, { whole: true });
      const printed = programs(followed)['node look.mjs']!.split('\n');
      expect(printed).toHaveLength(3);
      for (const line of printed) expect(line).toMatch(/^speed [123]: \d( \d){15}$/);
      expect(followed[0]!.stdout).toContain('Positions between the walls');
    });
  });

  test('your-own-model', async () => {
    await withFolder(async (folder) => {
      const world = fileOf('your-own-world', 'bounce.js');
      const page = `\`\`\`js title="bounce.js"\n${world}\`\`\`\n${readGuide('your-own-model')}`;
      // Fewer runs, each as long as it is there.
      const change = (line: string) =>
        inProcess(line).replace('study windows.json', '$& --seeds 0');
      const printed = programs(await followPage(page, folder, { whole: true, change }));
      expect(printed['node check.mjs']).toBe('forward and step agree');
      const loss = Number(/final loss (\S+)$/.exec(printed['node train.mjs runs/library']!)![1]);
      // Guessing costs ln 12 = 2.48.
      expect(loss).toBeLessThan(0.6);
    });
  });

  test('pytorch-tokens', async () => {
    await withFolder(async (folder) => {
      const python = findPython('numpy', 'torch') ?? null;
      const followed = await followPage(readGuide('pytorch-tokens'), folder, { python });
      const read = programs(followed)['python3 read.py'];
      if (python !== null) expect(read).toMatch(/^\d+ sequences of 528 tokens, vocabulary 4$/);
    });
  });

  test('arms-race-local-model', async () => {
    const server = await startLanguageModelServer(() => REPLIES.imp);
    try {
      await withFolder(async (folder) => {
        const page = readGuide('arms-race-local-model');
        const change = (line: string) => line.replace('http://localhost:11434/v1', server.baseUrl);
        const followed = await followPage(page, folder, { change });
        expect(followed.length).toBeGreaterThanOrEqual(7);
      });
      expect(server.requests.length).toBeGreaterThan(5);
    } finally {
      await server.stop();
    }
  });

  test('slurm-study, but for the cluster, which src/study/executors/slurm-processes.test.ts has', async () => {
    await withFolder(async (folder) => {
      const change = (line: string) => (line.includes('--executor slurm') ? null : inProcess(line));
      await followPage(readGuide('slurm-study'), folder, { change });
      const study = await loadStudy(path.join(folder, 'memory.json'), []);
      expect(study.seeds).toHaveLength(5);
      expect(study.slurm).toMatchObject({ time: '00:30:00', cpus: 2 });
    });
  });
});

describe('the examples of a newcomer', () => {
  test.each([
    ['your-own-world', 'bounce.js'],
    ['your-own-model', 'window.js'],
    ['your-own-model', 'train.mjs'],
  ])('are what %s shows: %s', (guide, name) => {
    expect(fileOf(guide, name)).toBe(readExample(name));
  });

  test('train in full: three tokens tell nearly all, and the study of windows is one', async () => {
    await withFolder(async (folder) => {
      const recipe = path.join(ROOT, 'examples/newcomer/bounce.json');
      const out = path.join(folder, 'run');
      const { code, stderr } = await runInProcess(['train', recipe, '--out', out]);
      expect([code, stderr]).toEqual([0, '']);
      const { stages } = JSON.parse(readFileSync(path.join(out, 'summary.json'), 'utf8'));
      expect(stages[0].loss).toBeLessThan(0.3);
      const study = await loadStudy(path.join(ROOT, 'examples/newcomer/windows.json'), []);
      expect(Object.keys(study.axes.window!)).toEqual(['one', 'two', 'three']);
    });
  });
});
