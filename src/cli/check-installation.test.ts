import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  checkCorpus,
  checkFolder,
  checkKernels,
  checkMachine,
  checkNode,
  checkOptional,
  checkRuntime,
} from './check-installation.ts';
import { formatChecks } from './commands/doctor.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('checks of the installation', () => {
  it('ask for Node 20.19', () => {
    const status = (version: string) => checkNode(version).status;
    expect(['20.19.0', '20.20.2', '22.1.0', '24.0.0'].map(status)).toEqual(Array(4).fill('ok'));
    expect(['18.20.8', '20.18.3'].map(status)).toEqual(['missing', 'missing']);
    expect(checkNode('18.20.8').hint).toContain('install Node 20.19 or newer');
  });

  it('compute with onnxruntime, and say how to get the native build where WebAssembly takes its place', async () => {
    expect(await checkRuntime()).toMatchObject({
      status: 'ok',
      found: expect.stringContaining('native'),
    });
    expect(await checkRuntime('wasm')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('WebAssembly'),
      hint: expect.stringMatching(/npm install --ignore-scripts onnxruntime-node@\d+\.\d+\.\d+$/),
    });
  });

  it('hold the kernels against the plain code', () => {
    expect(checkKernels()).toMatchObject({ status: 'ok' });
  });

  it('find a damaged default text', () => {
    const file = path.join(folder, 'corpus.gz');
    writeFileSync(file, 'not gzip');
    expect(checkCorpus()).toMatchObject({
      status: 'ok',
      found: expect.stringMatching(/sha256 [0-9a-f]{64}$/),
    });
    expect(checkCorpus(file)).toMatchObject({
      status: 'missing',
      hint: expect.stringContaining('--text FILE'),
    });
  });

  it('warn of little memory and of a folder that cannot be written to', () => {
    expect(checkMachine(4e9).map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    expect(checkMachine(5e8).at(-1)).toMatchObject({ status: 'warning', found: '500.0 MB' });
    expect(checkFolder(folder)).toMatchObject({ found: expect.stringMatching(/[GM]B free/) });
    expect(checkFolder(path.join(folder, 'none'))).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('ENOENT'),
      hint: expect.stringContaining('--out'),
    });
  });

  it('name keys that are set, never their values', () => {
    const [, keys] = checkOptional({ OPENAI_API_KEY: 'secret' });
    expect(keys!.found).toBe('OPENAI_API_KEY');
  });

  it('are shown with what to do', () => {
    const text = formatChecks([checkNode('20.20.2'), checkNode('18.0.0')]);
    expect(text.split('\n')).toEqual([
      'ok       node  20.20.2',
      'missing  node  18.0.0, older than 20.19',
      '               → install Node 20.19 or newer: https://nodejs.org',
      '',
      '1 of 2 checks failed: see the lines that begin with "missing".',
    ]);
  });
});
