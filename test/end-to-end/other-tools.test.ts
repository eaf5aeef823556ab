// What a run writes, read by numpy, where it is installed; the browser: report-pages.test.ts.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInProcess, writeTinyProject } from '../support/command-line.ts';
import { findPython } from '../support/find-python.ts';

const PYTHON = findPython('numpy');

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-test-'));
  writeTinyProject(folder, { model: { hiddenSize: 32, layers: 2, heads: 4, kvHeads: 2 } });
  const { code, stderr } = await runInProcess(['train', 'tiny.json', '--out', 'run'], {
    cwd: folder,
  });
  expect(stderr).toBe('');
  expect(code).toBe(0);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!PYTHON)('numpy', () => {
  test('computes the same continuation from the checkpoint folder', async () => {
    const prompt = 'the rain falls on';
    const args = [
      'sample',
      'run',
      '--prompt',
      prompt,
      '--temperature',
      '0',
      '--tokens',
      '8',
      '--json',
    ];
    const { stdout } = await runInProcess(args, { cwd: folder });
    const ours = JSON.parse(stdout) as { model: string; items: { tokens: number[] }[] };
    const script = fileURLToPath(new URL('../support/llama_numpy.py', import.meta.url));
    const bytes = [...new TextEncoder().encode(prompt)].map(String);
    const printed = execFileSync(PYTHON!, [script, ours.model, ...bytes], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(JSON.parse(printed)).toEqual(ours.items[0]!.tokens);
  });
});
