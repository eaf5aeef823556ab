// The command line of studies, on fake runs in this process.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFakeExperiment } from '../../../test/support/fake-experiment.ts';
import { addStudyCommand } from './add-study-command.ts';

let folder: string;
let written: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-'));
  written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const RECIPE = {
  seeds: [0],
  base: { stages: { text: { data: {} } } },
  axes: { arm: { plain: {}, pulled: { stages: { text: { pull: 0.25 } } } } },
  baseline: 'plain',
};

/** Exit code of a command line. */
async function run(...argv: string[]): Promise<number | undefined> {
  let code: number | undefined;
  const program = new Command('primordia').exitOverride().enablePositionalOptions();
  addStudyCommand(
    program,
    (exitCode) => {
      code = exitCode;
    },
    async () => createFakeExperiment(),
  );
  await program.parseAsync(['study', ...argv], { from: 'user' });
  return code;
}

function writeRecipe(changes: object = {}): string {
  const file = path.join(folder, 'mine.json');
  writeFileSync(file, JSON.stringify({ ...RECIPE, ...changes }));
  return file;
}

const inProcess = ['--executor', 'in-process'];

describe('primordia study', () => {
  test('runs a recipe under the seeds that are given, and shows a table', async () => {
    const out = path.join(folder, 'out');
    expect(await run(writeRecipe(), '--out', out, '--seeds', '0-2', ...inProcess)).toBe(0);
    expect(written).toContain('mean of 3 paired seeds');
    expect(written).toMatch(/pulled +\d\.\d{4} +-0\.7500 ± 0\.0000 +<0\.001/);
    expect(JSON.parse(readFileSync(path.join(out, 'summary.json'), 'utf8')).name).toBe('mine');
  });

  test('passes settings and the gate on, and says what is no study', async () => {
    const settings = ['--set', 'base.stages.text.steps=0', '--require-gate', 'dynamics'];
    const out = path.join(folder, 'out');
    await run(writeRecipe(), '--out', out, ...settings, ...inProcess);
    const study = JSON.parse(readFileSync(path.join(out, 'study.json'), 'utf8'));
    expect(study).toMatchObject({
      requireGate: 'dynamics',
      base: { stages: { text: { steps: 0 } } },
    });
    await expect(run(writeRecipe({ axes: undefined }), ...inProcess)).rejects.toThrow(
      'is no study: it has no axes',
    );
  });

  test('builds on a recipe that its base extends, but for name and seed', async () => {
    writeFileSync(
      path.join(folder, 'below.json'),
      JSON.stringify({
        name: 'below',
        seed: 9,
        model: { size: 3 },
        stages: { text: { data: {} } },
      }),
    );
    const out = path.join(folder, 'out');
    const recipe = writeRecipe({ base: { extends: './below.json' } });
    expect(await run(recipe, '--out', out, ...inProcess)).toBe(0);
    const { base } = JSON.parse(readFileSync(path.join(out, 'study.json'), 'utf8'));
    expect(base).toEqual({ model: { size: 3 }, stages: { text: { data: {} } } });
  });
});

describe('primordia study job', () => {
  test('runs one job with the options that executors give, and speaks JSON', async () => {
    const out = path.join(folder, 'out');
    await run(writeRecipe(), '--out', out, ...inProcess);
    const place = path.join(out, 'jobs', 'cells', 'pulled', 'seed-0');
    rmSync(place, { recursive: true });
    written = '';
    expect(await run('job', '--json', '--threads', '1', '--', out, 'cells/pulled/seed-0')).toBe(0);
    const lines = written.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).kind)).toContain('step');
    expect(JSON.parse(lines.at(-1)!)).toEqual({ job: 'cells/pulled/seed-0', end: 'finished' });
    expect(existsSync(path.join(place, 'summary.json'))).toBe(true);
  });
});
