// Studies of recurrent networks as a user runs, stops, resumes and grows them.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runInProcess, startCommand, withFolder } from '../support/command-line.ts';
import { TINY_RECURRENT } from '../support/tiny-recurrent.ts';

test('a study notes that a run diverged, and does not try it again', async () => {
  await withFolder(async (folder) => {
    const { name: _, kind: __, contextLength: ___, description: ____, ...base } = TINY_RECURRENT;
    const study = {
      kind: 'recurrent-study',
      name: 'wild',
      seeds: [0],
      base: { ...base, task: undefined, dmt: null },
      tasks: { copy: { task: { kind: 'copy', symbols: 3 } } },
      lengths: { 4: {} },
      algorithms: {
        smt: {},
        bptt: { smt: null, bptt: { optimizer: { learningRate: 1e38, clipNorm: 0 } } },
      },
    };
    writeFileSync(path.join(folder, 'wild.json'), JSON.stringify(study));
    const set = ['--set', 'base.rollout={"length":4}', '--workers', '1'];
    const run = () =>
      runInProcess(['study', 'wild.json', '--out', 'wild', ...set], { cwd: folder });
    const first = await run();
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    const summary = readFileSync(path.join(folder, 'wild/summary.json'), 'utf8');
    expect(JSON.parse(summary).runs).toEqual({ finished: 1, diverged: 1, total: 2 });
    expect((await run()).code).toBe(0);
    expect(readFileSync(path.join(folder, 'wild/summary.json'), 'utf8')).toBe(summary);
    expect(readFileSync(path.join(folder, 'wild/report.html'), 'utf8')).toContain('1 diverged');
  });
});

test('a study tunes, runs, is killed, resumes, and tells the same', async () => {
  await withFolder(async (folder) => {
    const { name: _, kind: __, contextLength: ___, description: ____, ...base } = TINY_RECURRENT;
    const study = {
      kind: 'recurrent-study',
      name: 'small',
      seeds: [0, 1],
      base: { ...base, task: undefined, rollout: { sequences: 8 } },
      tasks: { copy: { task: { kind: 'copy', symbols: 3 } } },
      lengths: { 4: {} },
      algorithms: { smt: {}, bptt: { smt: null, dmt: null, bptt: { evaluateEvery: 12 } } },
      tuning: { algorithms: ['bptt'], learningRates: [0.001, 0.01] },
    };
    writeFileSync(path.join(folder, 'small.json'), JSON.stringify(study));
    const run = (out: string, ...more: string[]) =>
      runInProcess(['study', 'small.json', '--out', out, ...more], { cwd: folder });
    const whole = await run('whole', '--workers', '2');
    expect(whole.stderr).toBe('');
    expect(whole.stdout).toMatch(/copy: share of targets that are right, mean of 2 seeds/);
    expect(whole.stdout).toMatch(/\n4 +bptt +\d/);
    let sent = false;
    await startCommand(['study', 'small.json', '--out', 'cut', '--json', '--workers', '1'], {
      cwd: folder,
      onLine: (line, child) => {
        const { event, done } = JSON.parse(line) as { event: string; done: number };
        if (sent || event !== 'job' || done < 4) return;
        sent = true;
        child.kill('SIGKILL');
      },
    });
    expect(sent).toBe(true);
    const half = await runInProcess(['report', 'cut'], { cwd: folder });
    expect(half.code).toBe(0);
    expect((await runInProcess(['resume', 'cut'], { cwd: folder })).code).toBe(0);
    const read = (out: string) => {
      const file = path.join(folder, out, 'summary.json');
      const { cells, tuning } = JSON.parse(readFileSync(file, 'utf8'));
      return JSON.stringify({ cells, tuning }, (key, value) =>
        key === 'stepMs' || key === 'seconds' ? undefined : value,
      );
    };
    expect(read('cut')).toBe(read('whole'));
    const { cells } = JSON.parse(readFileSync(path.join(folder, 'whole/summary.json'), 'utf8'));
    expect(cells).toHaveLength(2);
    const html = readFileSync(path.join(folder, 'whole/report.html'), 'utf8');
    expect(html).toContain('Accuracy by length');
    expect(html).toContain('Sequential depth of a step');
    // A study that asks for other runs than lie there is refused, and nothing is lost.
    const before = readFileSync(path.join(folder, 'whole/study.json'), 'utf8');
    const refused = async (message: string, ...more: string[]) => {
      const { code, stderr } = await run('whole', ...more);
      expect(code).toBe(1);
      expect(stderr).toContain(message);
      expect(readFileSync(path.join(folder, 'whole/study.json'), 'utf8')).toBe(before);
      expect(existsSync(path.join(folder, 'whole/summary.json'))).toBe(true);
    };
    await refused('was run under another recipe', '--set', 'base.smt.weights.dynamics=2');
    await refused('the study now has no such run', '--seeds', '1');
  });
});
