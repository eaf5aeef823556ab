// Data sets from the command line: written, read by other programs, killed and gone on with, verified, trained on.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMetrics } from '../../src/run/metrics.ts';
import { type Finished, runInProcess, startCommand } from '../support/command-line.ts';
import { snapshotFolder } from '../support/datasets.ts';
import { findPython } from '../support/find-python.ts';
import { expectInPage } from '../support/page-text.ts';

const FORMATS = ['bin', 'npy', 'megatron', 'parquet', 'jsonl'] as const;
/** Frames of 6 tokens, 18 ids; 60 sequences in shards of 25, 25 and 10. */
const WORLD = '--colors 2 --grid 4 --temperature 10 --band none --seq-len 24'.split(' ');
const SIZE = '--tokens 1440 --shard-tokens 600 --seed 3 --workers 1'.split(' ');

const NUMPY = findPython('numpy');
const PYARROW = findPython('pyarrow');

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
const run = (...args: string[]) => runInProcess(args, { cwd: folder });
const generate = (out: string, ...more: string[]) =>
  run('nca', 'generate', '--out', out, ...SIZE, ...WORLD, ...more);

type Row = { readonly input_ids: number[]; readonly labels: number[] };
let rows: Row[];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-nca-'));
  for (const format of FORMATS) expectDone(await generate(format, '--format', format));
  rows = [0, 1, 2].flatMap((shard) =>
    readFileSync(at('jsonl', `shard-0000${shard}.jsonl`), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectDone({ code, stderr }: Finished): void {
  expect(stderr).toBe('');
  expect(code).toBe(0);
}

describe('nca generate', () => {
  test('writes lines that JSON.parse reads, labels aligned and masked', () => {
    expect(rows).toHaveLength(60);
    for (const { input_ids, labels } of rows) {
      expect(input_ids).toHaveLength(24);
      expect([input_ids[0], input_ids[5], input_ids[6]]).toEqual([16, 17, 16]);
      expect(labels).toEqual(input_ids.map((token, i) => (i < 6 ? -100 : token)));
    }
    expect(new Set(rows.map(({ input_ids }) => String(input_ids))).size).toBeGreaterThan(50);
  });

  test('writes the same as Parquet', async () => {
    const bytes = readFileSync(at('parquet', 'shard-00001.parquet'));
    const { buffer, byteOffset, length } = bytes;
    const file = buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer;
    expect(await parquetReadObjects({ file })).toEqual(rows.slice(25, 50));
  });

  const SCRIPT = fileURLToPath(new URL('../support/read_dataset.py', import.meta.url));
  const readInPython = (python: string, format: string, extension: string) => {
    const files = [0, 1, 2].map((shard) => at(format, `shard-0000${shard}.${extension}`));
    return JSON.parse(execFileSync(python, [SCRIPT, format, '24', ...files], { encoding: 'utf8' }));
  };

  test.skipIf(!NUMPY)('writes what numpy reads: bin, npy and megatron', () => {
    const tokens = rows.map((row) => row.input_ids);
    expect(readInPython(NUMPY!, 'bin', 'bin')).toEqual(tokens);
    expect(readInPython(NUMPY!, 'npy', 'npy')).toEqual(tokens);
    expect(readInPython(NUMPY!, 'megatron', 'bin')).toEqual(tokens);
  });

  test.skipIf(!PYARROW)('writes what pyarrow reads', () => {
    const pairs = rows.map(({ input_ids, labels }) => [input_ids, labels]);
    expect(readInPython(PYARROW!, 'parquet', 'parquet')).toEqual(pairs);
  });

  test('writes a card that says how to load and remake it', () => {
    const card = readFileSync(at('parquet', 'README.md'), 'utf8');
    expect(card).toMatch(/^---\npretty_name: [^\n]+\n(?:[a-z_]+:|-| {2})[\s\S]*?\n---\n\n# /);
    expect(card).toContain('path: "shard-*.parquet"');
    expect(card).toContain('load_dataset("parquet"');
    const command = /primordia (nca generate[^`]*)\n```/.exec(card)![1]!;
    const args = command.replaceAll('\\\n', ' ').trim().split(/\s+/);
    args[args.indexOf('DIR')] = 'remade';
    return run(...args).then((finished) => {
      expectDone(finished);
      expect(snapshotFolder(at('remade'))).toEqual(snapshotFolder(at('parquet')));
    });
  });

  test('killed or stopped in the middle, the same command ends with the same bytes', async () => {
    // Slow sequences, so that a signal arrives before the end however late the machine is.
    const more = '--burn-in 20000 --tokens 576 --shard-tokens 48'.split(' ');
    expectDone(await generate('undisturbed', ...more));
    const disturb = async (signal: NodeJS.Signals, out: string) => {
      // A second one would end it at once.
      let sent = false;
      const finished = await startCommand(
        ['nca', 'generate', '--out', out, ...SIZE, ...WORLD, ...more, '--json'],
        {
          cwd: folder,
          onLine: (line, child) => {
            const { event, tokensDone } = JSON.parse(line) as {
              event?: string;
              tokensDone: number;
            };
            if (sent || event !== 'progress' || tokensDone === 576) return;
            sent = true;
            child.kill(signal);
          },
        },
      );
      expect(sent).toBe(true);
      return finished;
    };
    const killed = await disturb('SIGKILL', 'killed');
    expect(killed.signal).toBe('SIGKILL');
    const stopped = await disturb('SIGINT', 'stopped');
    expect(stopped.code).toBe(130);
    expect(stopped.stdout).toContain('"stopped":true');
    for (const out of ['killed', 'stopped']) {
      expectDone(await generate(out, ...more, '--workers', '2'));
      expect(snapshotFolder(at(out))).toEqual(snapshotFolder(at('undisturbed')));
    }
  });

  test('the parts of a data set, copied into one folder, are the whole', async () => {
    for (const piece of [1, 2, 3]) {
      expectDone(await generate('parts', '--format', 'npy', '--shard', `${piece}/3`));
    }
    const joined = await generate('parts', '--format', 'npy');
    expectDone(joined);
    expect(joined.stdout).toContain('it was already complete');
    expect(snapshotFolder(at('parts'))).toEqual(snapshotFolder(at('npy')));
  });

  test.each<[string, string[], number, string]>([
    [
      'a band that no rule reaches',
      ['--band', '0.5:1', '--grid', '12', '--seq-len', '99'],
      1,
      'they reach 0.',
    ],
    ['another data set there', ['--out', 'bin', '--colors', '3'], 1, 'colors is 2 there, 3 asked'],
    ['other things there', ['--out', '.'], 1, 'is not empty and does not hold a data set'],
    [
      'a folder that cannot be',
      ['--out', 'bin/README.md/x'],
      1,
      'is a file where a folder should be',
    ],
    ['no number', ['--tokens', '1x'], 2, 'such as 4096, 512k, 164M'],
    ['no tokens', ['--tokens', '0'], 2, 'a count of at least 1'],
    ['a piece of nothing', ['--shard', '4/3'], 2, 'a piece is i/n'],
  ])('%s is one line', async (_, args, code, message) => {
    const finished = await generate('new', ...args);
    expect(finished.stderr).toContain(message);
    expect(finished.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(code);
    expect(finished.code).toBe(code);
    expect(finished.stdout).toBe('');
  });
});

describe('nca verify', () => {
  test('ends with 0 where all is well and 1 with a line for what is wrong', async () => {
    const good = await run('nca', 'verify', 'bin', '--all', '--workers', '1');
    expectDone(good);
    expect(good.stdout).toContain('bin is intact: 3 shards, 60 sequences');
    expectDone(await generate('bad'));
    const shard = at('bad', 'shard-00001.bin');
    const bytes = readFileSync(shard);
    bytes[40] = bytes[40]! ^ 1;
    writeFileSync(shard, bytes);
    const bad = await run('nca', 'verify', 'bad');
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain("wrong: shard-00001.bin: its SHA-256 differs from the manifest's");
    const json = await run('nca', 'verify', 'bad', '--json');
    const result = JSON.parse(json.stdout.trimEnd().split('\n').at(-1)!);
    expect(result).toMatchObject({ ok: false, shards: 3, sequences: 60 });
    const none = await run('nca', 'verify', '.');
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('holds no data set') });
  });
});

const recipe = (dataset: string) => ({
  name: 'from-files',
  model: { hiddenSize: 16, layers: 1, heads: 2 },
  stages: {
    source: {
      data: { kind: 'dataset', path: dataset },
      contextLength: 23,
      batchSize: 4,
      steps: 30,
      evaluateEvery: 15,
      heldOutSequences: 8,
    },
  },
  checkpoint: { everySteps: 5 },
});

/** Writes a recipe, and tells the command that trains by it. */
function writeRecipe(name: string, dataset: string): string[] {
  writeFileSync(at(`${name}.json`), JSON.stringify(recipe(dataset)));
  return ['train', `${name}.json`, '--out', name, '--json'];
}

/** Losses by step, held-out losses and the final weights. */
function outcome(name: string) {
  const losses = readMetrics(at(name, 'metrics.jsonl')).map(({ step, loss, heldOutLoss }) => ({
    step,
    loss,
    heldOutLoss,
  }));
  const weights = at(name, 'checkpoints', 'source', 'step-00000030', 'model.safetensors');
  return { losses, weights: readFileSync(weights).toString('base64') };
}

describe('training', () => {
  test('reads any format, epoch after epoch, to the same bits', async () => {
    // What readers give is the same for all formats: see formats.test.ts.
    for (const format of ['bin', 'megatron', 'parquet'] as const) {
      const finished = await run(...writeRecipe(`run-${format}`, format));
      expectDone(finished);
      const { stages } = JSON.parse(finished.stdout.trimEnd().split('\n').at(-1)!);
      const { gate } = stages[0];
      expect(gate.loss).toBeGreaterThan(0);
      expect(gate.seenRules).toBeNull();
      // 30 steps of 4, and 60 sequences less 8.
      expect(finished.stdout).toContain('52 sequences to train on');
      expect(finished.stdout).toContain('goes through them 2.3 times');
      expect(outcome(`run-${format}`)).toEqual(outcome('run-bin'));
    }
    expectInPage(readFileSync(at('run-bin', 'report.html'), 'utf8'), 'data set of');
  });

  test('goes on from a checkpoint to the same bits, and not with another data set', async () => {
    const killed = await startCommand(writeRecipe('cut', 'bin'), {
      cwd: folder,
      onLine: (line, child) => {
        if (/"event":"checkpoint".*"step":10/.test(line)) child.kill('SIGKILL');
      },
    });
    expect(killed.signal).toBe('SIGKILL');
    const manifest = at('bin', 'manifest.json');
    const original = readFileSync(manifest);
    writeFileSync(manifest, readFileSync(at('npy', 'manifest.json')));
    const refused = await run('resume', 'cut');
    writeFileSync(manifest, original);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('is not the data set that the run began with');
    expectDone(await run('resume', 'cut', '--json'));
    expect(outcome('cut')).toEqual(outcome('run-bin'));
  });

  test('says what is wrong with a data set before anything is written', async () => {
    const finished = await run(
      ...['train', 'run-bin.json', '--out', 'new', '--set', 'stages.source.contextLength=24'],
    );
    expect(finished.code).toBe(1);
    expect(finished.stderr).toContain('have 24 tokens; a context of 24 needs 25');
    const missing = await run(
      ...['train', 'run-bin.json', '--out', 'new', '--set', 'stages.source.data.path=gone'],
    );
    expect(missing.stderr).toContain('gone holds no data set');
    expect(spawnSync('test', ['-e', at('new')]).status).toBe(1);
  });
});
