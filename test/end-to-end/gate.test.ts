// `primordia gate`, --require-gate, and gates of runs from before there were verdicts.

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mergeOverlays } from '../../src/run/load-recipe.ts';
import { runInProcess, writeStory } from '../support/command-line.ts';
import { makeSmallDataset } from '../support/datasets.ts';
import { expectInPage } from '../support/page-text.ts';

let folder: string;
const at = (...parts: string[]) => path.join(folder, ...parts);
const run = (...args: string[]) => runInProcess(args, { cwd: folder });
const read = (...parts: string[]) => JSON.parse(readFileSync(at(...parts), 'utf8'));
const lastLine = (stdout: string) => JSON.parse(stdout.trimEnd().split('\n').at(-1)!);

/** The gate's record in the folder of a run. */
const GATE = ['stages', 'source', 'gate.json'];

const RECIPE = {
  name: 'small',
  model: { hiddenSize: 16, layers: 1, heads: 2 },
  stages: {
    source: {
      data: { kind: 'nca', colors: 2, grid: 4, patch: 1, band: { kind: 'none' } },
      contextLength: 71,
      batchSize: 4,
      steps: 4,
      heldOutSequences: 8,
    },
    text: {
      data: { kind: 'text', corpus: { files: ['story.txt'] } },
      contextLength: 16,
      batchSize: 2,
      steps: 2,
    },
  },
  engine: { threads: 1 },
};

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-gate-'));
  writeStory(at('story.txt'), 150);
  writeFileSync(at('small.json'), JSON.stringify(RECIPE));
  await makeSmallDataset(at('data'));
  const done = await run('train', 'small.json', '--out', 'run', '--json');
  expect(done).toMatchObject({ code: 0, stderr: '' });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('gate', () => {
  test('of a run has the verdict, the interval, every predictor and the curves by frame', async () => {
    const { gate } = read('run', ...GATE);
    const found = lastLine((await run('gate', 'run', '--json')).stdout);
    expect(found).toMatchObject({
      verdict: gate.verdict,
      model: gate.loss,
      interval: gate.margin.interval,
      margin: gate.margin.mean,
    });
    const names = gate.baselines.map(({ name }: { name: string }) => name);
    expect(Object.keys(found.baselines)).toEqual(names);
    expect(Object.keys(found.byFrame)).toEqual(['model', ...names]);
    for (const values of Object.values(found.byFrame)) expect(values).toHaveLength(3);
    const { stdout } = await run('gate', 'run');
    expect(stdout).toMatch(/^gate {5}(nothing|statistics): held-out loss/);
    for (const name of names) expect(stdout).toContain(name);
    for (const reason of gate.reasons) expect(stdout).toContain(reason);
  });

  test('of a run under a seed is that of other held-out sequences, and is not kept', async () => {
    const before = read('run', ...GATE);
    const judge = async (...args: string[]) =>
      lastLine((await run('gate', 'run', '--json', ...args)).stdout);
    const [own, again, other] = [
      await judge(),
      await judge('--seed', '0'),
      await judge('--seed', '1'),
    ];
    expect(again.baselines).toEqual(own.baselines);
    expect(again.model).toBeCloseTo(own.model, 5);
    expect(other.model).not.toBe(own.model);
    expect(other.baselines).not.toEqual(own.baselines);
    expect(other.seenRules).toEqual(again.seenRules);
    expect(read('run', ...GATE)).toEqual(before);
    const recipe = lastLine((await run('gate', 'small.json', '--seed', '1', '--json')).stdout);
    const set = lastLine((await run('gate', 'small.json', '--set', 'seed=1', '--json')).stdout);
    expect(recipe).toEqual(set);
  });

  test('of its recipe has the predictors that judged the run, to the bit', async () => {
    const { baselines } = lastLine((await run('gate', 'small.json', '--json')).stdout);
    expect(baselines).toEqual(lastLine((await run('gate', 'run', '--json')).stdout).baselines);
    const other = lastLine((await run('gate', 'small.json', '--set', 'seed=1', '--json')).stdout);
    expect(other.baselines).not.toEqual(baselines);
    const { byFrame, firstFrame } = lastLine((await run('gate', 'small.json', '--json')).stdout);
    const { model: _, ...predictors } = lastLine(
      (await run('gate', 'run', '--json')).stdout,
    ).byFrame;
    expect(byFrame).toEqual(predictors);
    expect(firstFrame).toBe(read('run', ...GATE).gate.firstFrame);
  });

  test('of a data set and of a task has the predictors of each', async () => {
    const data = lastLine((await run('gate', 'data', '--json')).stdout);
    expect(Object.keys(data)).toEqual(['baselines', 'firstFrame', 'byFrame']);
    expect(Object.keys(data.byFrame)).toEqual(Object.keys(data.baselines));
    expect(data.firstFrame).toBe(1);
    expect(Object.keys(data.baselines)).toContain('3×3 cells');
    const task = lastLine((await run('gate', 'smt-tiny', '--json')).stdout);
    expect(Object.keys(task.baselines)[2]).toMatch(/^n-gram up to/);
    expect(Object.keys(task.baselines)).not.toContain('same place');
    expect(Object.keys(task.byFrame)).toEqual(Object.keys(task.baselines));
  });

  test('judges a run again whose gate had fewer predictors, and renews its summary', async () => {
    const [record, summary] = [read('run', ...GATE), read('run', 'summary.json')];
    const predictorsVersion = record.gate.predictorsVersion - 1;
    const old = { ...record.gate, verdict: 'dynamics', predictorsVersion };
    writeFileSync(at('run', ...GATE), JSON.stringify({ ...record, gate: old }));
    const [source, text] = summary.stages;
    const stages = [{ ...source, gate: old }, text];
    writeFileSync(at('run', 'summary.json'), JSON.stringify({ ...summary, stages }));
    const refused = await run('report', 'run');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      'was written by an earlier gate, which compared the source with fewer predictors',
    );
    expect(refused.stderr).toContain('primordia gate run');
    expect((await run('gate', 'run')).code).toBe(0);
    expect([read('run', ...GATE), read('run', 'summary.json')]).toEqual([record, summary]);
    expect((await run('report', 'run')).code).toBe(0);
  });

  test('judges a run again that was held against an earlier set of predictors, and none of a later one', async () => {
    const before = read('run', ...GATE);
    const { predictorsVersion } = before.gate;
    const write = (version?: number) => {
      const gate = { ...before.gate, verdict: 'dynamics', predictorsVersion: version };
      writeFileSync(at('run', ...GATE), JSON.stringify({ ...before, gate }));
    };
    for (const version of [undefined, predictorsVersion - 1]) {
      write(version);
      expect((await run('report', 'run')).stderr).toContain('was written by an earlier gate');
      expect((await run('gate', 'run')).code).toBe(0);
      expect(read('run', ...GATE)).toEqual(before);
    }
    write(predictorsVersion + 1);
    for (const command of ['gate', 'report']) {
      const refused = await run(command, 'run');
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('was written by a later version');
    }
    writeFileSync(at('run', ...GATE), JSON.stringify(before));
  });

  test('judges a run only on the data set that it began with', async () => {
    const source = { batchSize: 2, steps: 2, heldOutSequences: 4 };
    const tokens = Buffer.alloc(
      600,
      Uint8Array.from({ length: 7 }, (_, i) => i),
    );
    writeFileSync(at('tokens.bin'), tokens);
    await makeSmallDataset(at('own'));
    const worlds = {
      path: { kind: 'dataset', path: 'own' },
      files: { kind: 'dataset', files: ['tokens.bin'], vocabSize: 8, dtype: 'uint8' },
    };
    for (const [name, world] of Object.entries(worlds)) {
      const stages = { source: { ...source, data: world, contextLength: 23 } };
      writeFileSync(at(`${name}.json`), JSON.stringify({ ...RECIPE, name, stages }));
      expect((await run('train', `${name}.json`, '--out', name)).code).toBe(0);
    }
    rmSync(at('own'), { recursive: true });
    await makeSmallDataset(at('own'), { seed: 6 });
    writeFileSync(at('tokens.bin'), Buffer.from(tokens).fill(3, 590));
    for (const [name, record, words] of [
      ['path', 'source-manifest.json', 'is not the data set that the run began with'],
      ['files', 'source-files.json', 'tokens.bin has changed since the run began'],
    ] as const) {
      rmSync(at(name, ...GATE));
      const other = await run('gate', name);
      expect(other.code).toBe(1);
      expect(other.stderr).toContain(words);
      rmSync(at(name, 'data', 'source', record));
      const unknown = await run('gate', name);
      expect(unknown.code).toBe(1);
      expect(unknown.stderr).toContain(`${record} is missing`);
      expect(existsSync(at(name, 'data', 'source', record))).toBe(false);
      expect(existsSync(at(name, ...GATE))).toBe(false);
    }
  });

  test.each([
    ['a run without a source', ['gate', 'text-scratch'], 'has no stage on a world'],
    ['a folder of nothing', ['gate', '.'], 'holds no data set'],
    ['settings for a folder', ['gate', 'run', '--set', 'seed=1'], '--set has no effect'],
    [
      'a seed for a data set',
      ['gate', 'data', '--seed', '1'],
      '--seed has no effect on a data set',
    ],
    ['a misspelled recipe', ['gate', 'smal'], 'smal'],
  ])('refuses %s', async (_, args, words) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });
});

describe('--require-gate', () => {
  test('stops a run before its text, says which clause failed, and keeps the source', async () => {
    const args = ['train', 'small.json', '--require-gate', 'dynamics', '--out', 'strict'];
    const { code, stderr } = await run(...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/has learned \w+, and requireGate asks for dynamics/);
    expect(stderr).toContain('NOT below the best predictor that knows no dynamics');
    expect(read('strict', 'recipe.json').requireGate).toBe('dynamics');
    expect(read('strict', ...GATE).gate).toEqual(read('run', ...GATE).gate);
    // The source needs no second training, and is refused again.
    expect((await run('resume', 'strict')).stderr).toContain('requireGate asks for dynamics');
  });

  test('is asked of the run that a transfer comes from, before anything is written', async () => {
    const { text } = RECIPE.stages;
    const scratch = { ...RECIPE, stages: { text } };
    const from = (directory: string) => ({
      ...RECIPE,
      stages: { text: { ...text, start: { from: directory } } },
    });
    writeFileSync(at('from.json'), JSON.stringify(from('./run')));
    writeFileSync(at('bare.json'), JSON.stringify(from('run/stages/text/artifacts/model')));
    writeFileSync(at('scratch.json'), JSON.stringify(scratch));
    for (const [recipe, words] of [
      ['from.json', 'asks for dynamics, and the model that it starts from, ./run, was not judged'],
      [
        'bare.json',
        'the model that it starts from, run/stages/text/artifacts/model, was not judged',
      ],
      ['scratch.json', 'requireGate has no effect if all stages start from scratch'],
    ] as const) {
      const args = ['train', recipe, '--require-gate', 'dynamics', '--out', 'never'];
      const { code, stderr } = await run(...args);
      expect(code).toBe(1);
      expect(stderr).toContain(words);
    }
    // The gate of the stage itself decides.
    const args = (out: string) => [
      'train',
      'source.json',
      '--require-gate',
      'dynamics',
      '--out',
      out,
    ];
    writeFileSync(at('source.json'), JSON.stringify(from('./passed/stages/source')));
    cpSync(at('run'), at('passed'), { recursive: true });
    const other = await run(...args('refused'));
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('and requireGate asks for dynamics');
    expect(existsSync(at('refused', 'checkpoints', 'text'))).toBe(false);
    const { gate, ...record } = read('run', ...GATE);
    const passed = { ...record, gate: { ...gate, verdict: 'dynamics' } };
    writeFileSync(at('passed', ...GATE), JSON.stringify(passed));
    expect(await run(...args('transferred'))).toMatchObject({ code: 0 });
    const usage = await run('train', 'from.json', '--require-gate', 'nothing');
    expect(usage.code).toBe(2);
    expect(usage.stderr).toContain('Allowed choices are statistics, dynamics');
  });

  test('leaves the arms of a study out that begin with such a source', async () => {
    const { name: _, ...base } = RECIPE;
    const study = {
      name: 'study',
      seeds: [0],
      base: mergeOverlays(base, { stages: { text: { steps: 1 } } }),
      axes: { arm: { scratch: { stages: { source: null } }, nca: {} } },
      baseline: 'scratch',
    };
    writeFileSync(at('study.json'), JSON.stringify(study));
    const args = ['study', 'study.json', '--out', 'study', '--json', '--executor', 'in-process'];
    const strict = lastLine((await run(...args, '--require-gate', 'dynamics')).stdout);
    const find = (summary: typeof strict) => summary.cells[1];
    expect(find(strict)).toMatchObject({ excluded: true, loss: null, difference: null });
    const html = readFileSync(at('study', 'report.html'), 'utf8');
    expectInPage(html, 'Left out by requireGate: nca');
    // The same folder, nothing required: the same runs now count.
    const lax = lastLine((await run(...args)).stdout);
    expect(find(lax)).toMatchObject({ excluded: false, gate: find(strict).gate });
    const cell = ['study', 'jobs', 'cells', 'nca', 'seed-0'];
    expect(find(lax).loss.mean).toBe(read(...cell, 'summary.json').stages[1].loss);
    // The same with a gate of fewer predictors.
    const { gate, ...record } = read(...cell, ...GATE);
    const earlier = { ...gate, predictorsVersion: gate.predictorsVersion - 1 };
    writeFileSync(at(...cell, ...GATE), JSON.stringify({ ...record, gate: earlier }));
    const resumed = await run('resume', 'study', '--json');
    expect(resumed.code).toBe(0);
    expect(find(lastLine(resumed.stdout))).toMatchObject({ gate: 'not judged', excluded: false });
    expect((await run('report', 'study')).code).toBe(0);
    const page = readFileSync(at('study', 'report.html'), 'utf8');
    expectInPage(page, 'not judged: its gate had fewer predictors');
    const refused = await run(...args, '--require-gate', 'dynamics');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('compared the model with fewer predictors than there are now');
    expect(refused.stderr).toContain('primordia gate study/jobs/cells/nca/seed-0');
  });
});
