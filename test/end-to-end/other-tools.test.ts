// What a run writes, read by programs that are not ours: numpy and a browser, where they are installed.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInProcess, writeTinyProject } from '../support/command-line.ts';
import { findPython } from '../support/find-python.ts';

const succeeds = (command: string, ...args: string[]) =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;
const PYTHON = findPython('numpy');
const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].find((browser) =>
  succeeds(browser, '--version'),
);

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

describe.skipIf(!CHROMIUM)('a browser', () => {
  test('shows the report without asking for anything else', () => {
    const profile = path.join(folder, 'profile');
    mkdirSync(profile);
    const page = pathToFileURL(path.join(folder, 'run', 'report.html')).href;
    const { stdout, stderr } = spawnSync(
      CHROMIUM!,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--enable-logging=stderr',
        `--user-data-dir=${profile}`,
        '--dump-dom',
        page,
      ],
      { encoding: 'utf8', maxBuffer: 2 ** 26 },
    );
    // Headings and figures that the parser of a browser, not ours, found in the page.
    expect(stdout).toContain('<h1');
    expect(stdout).toContain('Accuracy by frame');
    expect(stdout.match(/<svg/g)!.length).toBeGreaterThanOrEqual(5);
    expect(stderr).not.toMatch(/CONSOLE|Refused to/);
  });
});
