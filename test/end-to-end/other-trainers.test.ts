// Data sets for other trainers: every format read by readers of its own, by Python where it is there, split and streamed.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DATASET_FORMATS } from '../../src/datasets/index.ts';
import { type Finished, runInProcess } from '../support/command-line.ts';
import { snapshotFolder } from '../support/datasets.ts';
import { findPython } from '../support/find-python.ts';
import { llmcWindows, readLlmc, readMds, readMegatron } from '../support/trainer-readers.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const NUMPY = findPython('numpy');
const PYARROW = findPython('numpy', 'pyarrow');

/** Frames of 6 tokens, 18 ids; 60 sequences, of which 12 for validation, in shards of 20. */
const WORLD = '--colors 2 --grid 4 --temperature 10 --band none --seq-len 24'.split(' ');
const SIZE = '--tokens 1440 --seed 3 --workers 1'.split(' ');
const SPLIT = ['--split', 'train=0.8,validation=0.2'];

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
const run = (...args: string[]) => runInProcess(args, { cwd: folder });
const generate = (out: string, ...more: string[]) =>
  run('nca', 'generate', '--out', out, ...SIZE, ...WORLD, ...more);
const named = (directory: string, pattern: RegExp) =>
  readdirSync(at(directory))
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => at(directory, name));

/** What the formats must hold: the sequences of each split. */
let train: number[][];
let validation: number[][];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-trainers-'));
  for (const format of DATASET_FORMATS) {
    const shards = format === 'nanogpt' ? [] : ['--shard-tokens', '480'];
    expectDone(await generate(format, '--format', format, ...SPLIT, ...shards));
  }
  const rows = (split: string) =>
    named('jsonl', new RegExp(`^${split}-`)).flatMap((file) =>
      readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).input_ids as number[]),
    );
  [train, validation] = [rows('train'), rows('validation')];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectDone({ code, stderr }: Finished): void {
  expect(stderr).toBe('');
  expect(code).toBe(0);
}

const words = (file: string, offset = 0) => {
  const bytes = readFileSync(file).subarray(offset);
  return Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i));
};

describe('each format', () => {
  test('has the splits, 48 and 12 sequences', () => {
    expect([train.length, validation.length]).toEqual([48, 12]);
  });

  test('nanogpt: one file of tokens per split', () => {
    expect(words(at('nanogpt', 'train.bin'))).toEqual(train.flat());
    expect(words(at('nanogpt', 'val.bin'))).toEqual(validation.flat());
    const config = readFileSync(at('nanogpt', 'train_nca.py'), 'utf8');
    const keys = [...config.matchAll(/^(\w+) = /gm)].map((match) => match[1]);
    expect(keys).toEqual(['dataset', 'out_dir', 'block_size']);
    expect(config).toContain('block_size = 24');
  });

  test('llmc: every window of llm.c with T of a row is one sequence', () => {
    const files = named('llmc', /^nca_train_\d{6}\.bin$/);
    expect(files).toHaveLength(3);
    const shards = readLlmc(files);
    const rows = train.map((sequence) => [50_256, ...sequence]);
    expect(shards.flat()).toEqual(rows.flat());
    for (const [shard, tokens] of shards.entries()) {
      const windows = llmcWindows(tokens, 25);
      // The last row of a file has no target after it.
      expect(windows).toHaveLength(tokens.length / 25 - 1);
      for (const [i, { inputs, targets }] of windows.entries()) {
        expect(inputs).toEqual(rows[20 * shard + i]);
        expect(targets).toEqual([...train[20 * shard + i]!, 50_256]);
      }
    }
    const held = readLlmc(named('llmc', /^nca_val_\d{6}\.bin$/)).flat();
    expect(held).toEqual(validation.flatMap((sequence) => [50_256, ...sequence]));
  });

  test('llmc: the batch of the card is one that every file has a token more than', async () => {
    // 42 for training in shards of 10, of which the last has 2; 1 % for validation.
    const few = '--tokens 1008 --shard-tokens 240 --split train=0.99,validation=0.01'.split(' ');
    expectDone(await generate('small', '--format', 'llmc', ...few));
    for (const name of ['llmc', 'small']) {
      const card = readFileSync(at(name, 'README.md'), 'utf8');
      const [, row, batch, step] = /-t (\d+) -b (\d+) -d (\d+)/.exec(card)!.map(Number);
      const sizes = readLlmc(named(name, /\.bin$/)).map((tokens) => tokens.length);
      expect(step! % (row! * batch!)).toBe(0);
      for (const size of sizes) expect(size).toBeGreaterThanOrEqual(batch! * row! + 1);
      expect(batch).toBe(name === 'llmc' ? 4 : 1);
    }
  });

  test('llmc: another token in front, or none', async () => {
    expectDone(await generate('bos', '--format', 'llmc', '--bos', '18'));
    expect(words(at('bos', 'nca_train_000000.bin'), 1024)[0]).toBe(18);
    expectDone(await generate('no-bos', '--format', 'llmc', '--bos', 'none', ...SPLIT));
    expect(words(at('no-bos', 'nca_train_000000.bin'), 1024)).toEqual(train.flat());
    const taken = await generate('new', '--format', 'llmc', '--bos', '17');
    expect(taken.stderr).toContain('17, is one of the 18 ids');
  });

  test('megatron: each sequence a document with an end of its own', () => {
    const prefixes = named('megatron', /^train-\d{5}\.idx$/).map((file) => file.slice(0, -4));
    const documents = prefixes.flatMap(readMegatron);
    expect(documents).toEqual(train.map((sequence) => [...sequence, 18]));
    // Samples of its GPT data set: windows of a row over the documents, one after the other, each with the next token.
    for (const [i, { inputs }] of llmcWindows(documents.flat(), 25).entries()) {
      expect(inputs).toEqual(documents[i]);
    }
  });

  test('mds: a folder per split, each with its index', () => {
    expect(readMds(at('mds', 'train'))).toEqual(train);
    expect(readMds(at('mds', 'validation'))).toEqual(validation);
  });

  test('rows of llmc and megatron have 1,024 tokens unless told otherwise', async () => {
    const size = '--tokens 4092 --colors 2 --grid 4 --band none --workers 1'.split(' ');
    for (const format of ['llmc', 'megatron']) {
      expectDone(
        await run('nca', 'generate', '--out', `row-${format}`, '--format', format, ...size),
      );
      const manifest = JSON.parse(readFileSync(at(`row-${format}`, 'manifest.json'), 'utf8'));
      expect(manifest.sequenceLength).toBe(1023);
    }
    expect(readMegatron(at('row-megatron', 'shard-00000'))[0]).toHaveLength(1024);
    const [tokens] = readLlmc(named('row-llmc', /^nca_train_/));
    expect([tokens![0], tokens![1024]]).toEqual([50_256, 50_256]);
  });

  test.each(DATASET_FORMATS)('%s is intact, and trains here', async (format) => {
    const { code, stdout } = await run('nca', 'verify', format);
    expect(stdout).toContain(`${format} is intact`);
    expect(code).toBe(0);
  });

  test('a vocabulary that uint16 does not hold is refused', async () => {
    const wide = ['--colors', '17', '--patch', '2', '--grid', '4', '--seq-len', '24'];
    for (const format of ['nanogpt', 'llmc']) {
      const args = [
        '--format',
        format,
        '--tokens',
        '100',
        '--out',
        'new',
        '--band',
        'none',
        ...wide,
      ];
      const { code, stderr } = await run('nca', 'generate', ...args);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/uint16/)]);
    }
  });
});

describe('Python', () => {
  const SCRIPT = fileURLToPath(new URL('../support/read_dataset.py', import.meta.url));

  test.skipIf(!NUMPY)('numpy and pickle read what is for them', () => {
    const read = (format: string, ...files: string[]) =>
      JSON.parse(execFileSync(NUMPY!, [SCRIPT, format, '24', ...files], { encoding: 'utf8' }));
    expect(read('npy', ...named('npy', /^nca_train_\d{6}\.npy$/))).toEqual(train);
    expect(read('bin', ...named('bin', /^train-\d{5}\.bin$/))).toEqual(train);
    const meta = read('meta', at('nanogpt', 'meta.pkl'));
    expect(meta.vocab_size).toBe(18);
    expect(meta.itos).toEqual([...'0123456789abcdef', '\n', '|']);
    expect(meta.inverse).toBe(true);
  });

  /** The Python of a card, which is to run as it stands. */
  const snippet = (format: string) =>
    /```python\n([\s\S]*?)```/.exec(readFileSync(at(format, 'README.md'), 'utf8'))![1]!;

  test.each(DATASET_FORMATS)("the snippet of %s's card runs in the folder", (format) => {
    const python = format === 'parquet' ? PYARROW : NUMPY;
    if (!python) return expect(snippet(format)).toContain('import');
    const printed = execFileSync(python, ['-c', snippet(format)], {
      cwd: at(format),
      encoding: 'utf8',
    });
    const first =
      format === 'nanogpt' ? '\n' : format === 'parquet' || format === 'jsonl' ? '20' : '20, 24';
    expect(printed).toContain(first);
  });
});

describe('splits', () => {
  test('take their rules from parts of the pool that do not meet', async () => {
    expectDone(await generate('pooled', '--rules', '10', ...SPLIT));
    const manifest = JSON.parse(readFileSync(at('pooled', 'manifest.json'), 'utf8'));
    expect(manifest.splits).toEqual([
      { name: 'train', sequences: 48, pool: { first: 0, count: 8 } },
      { name: 'validation', sequences: 12, pool: { first: 8, count: 2 } },
    ]);
    expect(readFileSync(at('pooled', 'README.md'), 'utf8')).toContain('under 8 rules');
  });

  test('may be given in tokens', async () => {
    const args = ['--split', 'train=1k,val=240', '--out', 'counted', '--workers', '1', ...WORLD];
    expectDone(await run('nca', 'generate', ...args));
    const { splits } = JSON.parse(readFileSync(at('counted', 'manifest.json'), 'utf8'));
    expect(splits.map((split: { sequences: number }) => split.sequences)).toEqual([42, 10]);
  });

  test('the command of a card makes the same data set, splits and all', async () => {
    for (const format of ['llmc', 'nanogpt']) {
      const card = readFileSync(at(format, 'README.md'), 'utf8');
      const command = /primordia (nca generate[^`]*)\n```/.exec(card)![1]!;
      const args = command.replaceAll('\\\n', ' ').trim().split(/\s+/);
      args[args.indexOf('DIR')] = `remade-${format}`;
      expectDone(await run(...args));
      expect(snapshotFolder(at(`remade-${format}`))).toEqual(snapshotFolder(at(format)));
    }
  });

  test.each<[string, string[], RegExp]>([
    ['shares that do not add up', ['--split', 'train=0.5,validation=0.1'], /add up to 0.6/],
    ['an unknown name', ['--split', 'train=0.5,dev=0.5'], /splits are train, validation, test/],
    ['no training', ['--split', 'validation=1'], /no split "train"/],
    ['shares and counts', ['--split', 'train=100k,validation=0.1'], /all of them counts/],
    ['two sizes', ['--split', 'train=1k,validation=1k'], /contradict each other/],
    ['a trainer without validation', ['--split', 'train=1', '--format', 'nanogpt'], /"validation"/],
    [
      'too little for nanoGPT',
      ['--format', 'nanogpt', '--seq-len', '480'],
      /too few sequences for 2 splits: 3 .*at least 1920 tokens/,
    ],
    [
      'shards too small for llm.c',
      ['--format', 'llmc', '--shard-tokens', '24'],
      /a shard of 1 sequence .*--shard-tokens of at least 48/,
    ],
    ['parts of one file', ['--format', 'nanogpt', '--shard', '1/2'], /one file per split/],
    ['more splits than rules', ['--rules', '1', ...SPLIT], /too few rules for 2 splits: 1/],
    [
      'a token in front of npy',
      ['--format', 'npy', '--bos', '5'],
      /npy does not put a token before/,
    ],
  ])('%s is refused', async (_, args, message) => {
    const { code, stderr } = await generate('new', ...args);
    expect(stderr).toMatch(message);
    expect(code).toBeGreaterThan(0);
  });
});

describe('--out -', () => {
  const stream = (...more: string[]) =>
    spawnSync(process.execPath, [
      MAIN,
      'nca',
      'generate',
      '--out',
      '-',
      ...SIZE,
      ...WORLD,
      ...more,
    ]);

  test('writes the bytes of the files to standard output, and nothing else', () => {
    const { status, stdout, stderr } = stream();
    expect(status).toBe(0);
    const whole = at('whole');
    expect(
      spawnSync(process.execPath, [MAIN, 'nca', 'generate', '--out', whole, ...SIZE, ...WORLD])
        .status,
    ).toBe(0);
    expect(stdout.equals(readFileSync(path.join(whole, 'shard-00000.bin')))).toBe(true);
    expect(stderr.toString()).toContain('1,440 tokens in 60 sequences of 24, uint16, 18 ids');
  });

  test('ends when its reader has enough', () => {
    const args = [
      MAIN,
      'nca',
      'generate',
      '--out',
      '-',
      '--tokens',
      '10G',
      '--workers',
      '1',
      ...WORLD,
    ];
    const line = `"$0" "$@" | head -c 100000 | wc -c; echo "\${PIPESTATUS[0]}"`;
    const printed = execFileSync('bash', ['-c', line, process.execPath, ...args], {
      encoding: 'utf8',
    });
    expect(printed.trim().split('\n')).toEqual(['100000', '141']);
  });

  test.each<[string[], RegExp]>([
    [['--format', 'npy'], /npy files cannot be written as a stream/],
    [SPLIT, /--split works with files/],
    [['--shard', '1/2'], /--shard works with files/],
  ])('%s is refused', async (args, message) => {
    const { code, stderr, stdout } = await generate('-', ...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
  });
});
