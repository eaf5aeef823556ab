// Whatever is wrong with what a person gave, they get one line that says what, where and what to do, and
// nothing of theirs is touched.

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createByteTokenizer, hashTokenizer, writeShards } from '../../src/text/index.ts';
import { runInProcess, writeStory } from '../support/command-line.ts';

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);

const TEXT = {
  data: { kind: 'text', corpus: { files: ['story.txt'] }, evaluationTokens: 32 },
  contextLength: 16,
  batchSize: 2,
  steps: 2,
};
const SOURCE = {
  data: { kind: 'nca', colors: 2, grid: 4, band: { kind: 'none' } },
  contextLength: 23,
  batchSize: 2,
  steps: 2,
  heldOutSequences: 2,
};
const MODEL = { hiddenSize: 16, layers: 1, heads: 2 };

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-bad-'));
  writeStory(at('story.txt'), 120);
  const recipe = { model: MODEL, stages: { text: TEXT } };
  writeFileSync(at('good.json'), JSON.stringify(recipe));
  writeFileSync(
    at('both.json'),
    JSON.stringify({ ...recipe, stages: { source: SOURCE, text: TEXT } }),
  );
  writeFileSync(at('cut.json'), '{"text": {');
  writeFileSync(at('cut.js'), 'export default { text: ');
  writeFileSync(at('misspelled.json'), JSON.stringify({ ...recipe, checkpiont: {} }));
  mkdirSync(at('papers'));
  mkdirSync(at('pictures'));
  writeFileSync(at('pictures', 'cat.png'), 'meow');
  writeFileSync(at('papers', 'thesis.tex'), 'years of work');
  writeFileSync(at('empty.txt'), '');
  writeFileSync(at('blank.txt'), ' \n\n');
  writeFileSync(at('short.txt'), 'Too short.');
  writeFileSync(
    at('image.txt'),
    Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919) % 256)),
  );
  writeFileSync(at('broken.jsonl'), '{"text": "fine"}\n{"text": "cut');
  writeFileSync(at('fields.jsonl'), '{"content": "one"}\n{"content": "two"}\n');
  writeFileSync(at('cut.txt.gz'), gzipSync(readFileSync(at('story.txt'))).subarray(0, 200));
  mkdirSync(at('foreign'));
  writeFileSync(at('foreign', 'config.json'), '{"architectures": ["GPT2LMHeadModel"]}');
  writeFileSync(at('foreign', 'model.safetensors'), 'x');
  writeFileSync(at('foreign', 'tokenizer.json'), JSON.stringify(createByteTokenizer().toJson()));
  const { code, stderr } = await run(['train', 'good.json', '--out', 'run']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (args: readonly string[]) => runInProcess(args, { cwd: folder });

/** Every file below the folder with a hash of its bytes, and every folder. */
function everything(): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    names.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const content = entry.isDirectory() ? '' : readFileSync(file);
      return [path.relative(folder, file), createHash('sha256').update(content).digest('hex')];
    }),
  );
}

const train = (...settings: string[]) => [
  'train',
  'good.json',
  '--out',
  'new',
  ...(settings.length > 0 ? ['--set', ...settings] : []),
];
const corpus = (file: string, ...more: string[]) =>
  train(`stages.text.data.corpus.files=["${file}"]`, ...more);
const both = (...settings: string[]) => [
  'train',
  'both.json',
  '--out',
  'new',
  '--set',
  ...settings,
];

/** The command, and what its one line must tell. */
const CASES: [string, () => string[], string[]][] = [
  ['a missing text', () => corpus('stroy.txt'), ['no file stroy.txt', 'did you mean story.txt?']],
  [
    'a folder without text',
    () => corpus('pictures'),
    ['pictures holds no text files', '**/*.html'],
  ],
  ['a pattern without files', () => corpus('*.xyz'), ['no file matches *.xyz']],
  ['an empty text', () => corpus('empty.txt'), ['the corpus is empty', 'empty.txt']],
  ['a blank text', () => corpus('blank.txt'), ['the corpus is empty', 'blank.txt']],
  ['a tiny text', () => corpus('short.txt'), ['short.txt is too small', 'validation']],
  [
    'a text shorter than the context',
    () => train('stages.text.contextLength=30000'),
    ['the text is too short', 'context of 30000', 'lower contextLength'],
  ],
  ['a binary file', () => corpus('image.txt'), ['image.txt is not UTF-8 text']],
  ['a broken line of JSON', () => corpus('broken.jsonl'), ['broken.jsonl:2: invalid JSON']],
  [
    'a missing field',
    () => corpus('fields.jsonl'),
    ['fields.jsonl:1: no field "text"', 'fields present: content'],
  ],
  ['gzip data cut short', () => corpus('cut.txt.gz'), ['cut.txt.gz is not intact gzip data']],
  ['an unknown recipe', () => ['train', 'nca-tinny'], ["'nca-tinny'", "did you mean 'nca-tiny'?"]],
  ['a missing recipe file', () => ['train', 'gone.json'], ['no recipe file gone.json', 'nca-tiny']],
  ['a recipe cut short', () => ['train', 'cut.json'], ['cut.json cannot be read as a recipe']],
  ['a recipe in broken code', () => ['train', 'cut.js'], ['cut.js cannot be read as a recipe']],
  [
    'a misspelled key',
    () => ['train', 'misspelled.json'],
    ["misspelled.json: unknown key 'checkpiont'", "did you mean 'checkpoint'?"],
  ],
  [
    'a misspelled setting',
    () => train('stages.text.step=5'),
    ["unknown key 'step' in stages.text", "'steps'"],
  ],
  [
    'a setting without a value',
    () => train('stages.text.steps'),
    ['--set stages.text.steps', 'key=value'],
  ],
  [
    'a wrong type',
    () => train('stages.text.steps=many'),
    ['good.json: stages.text.steps', 'expected number'],
  ],
  [
    'a band that no rule reaches',
    () => both('stages.source.data.band={"kind":"absolute","low":0.9,"high":1}'),
    ['the band is empty', 'they reach 0.1'],
  ],
  [
    'a grid that patches do not tile',
    () => both('stages.source.data.grid=5'),
    ['grid 5 is not a multiple of patch 2', 'use grid 6'],
  ],
  [
    'a context shorter than a frame',
    () => both('stages.source.contextLength=5'),
    ['sequenceLength 6 leaves nothing to predict'],
  ],
  [
    'a width that heads do not divide',
    () => train('model.heads=3'),
    ['hiddenSize 16 does not divide into 3 heads'],
  ],
  [
    'an embedding kept for another vocabulary',
    () => both('stages.text.start.keep={"modules":["embedding"]}'),
    ["'model.embed_tokens.weight' is [18, 16] in the source model and [257, 16]"],
  ],
  [
    'layers that the model lacks',
    () => both('stages.text.start.keep={"modules":["key"],"layers":[0,1]}'),
    ['stages.text.start: keep.layers: there is no layer 1', 'the model has 1 layer, counted'],
  ],
  [
    'a vocabulary smaller than the bytes',
    () => train('stages.text.data.tokenizer={"kind":"bpe","vocabSize":100}'),
    ['cannot have 100 tokens', '257'],
  ],
  [
    'a tokenizer that is none',
    () => train('stages.text.data.tokenizer={"kind":"file","path":"good.json"}'),
    ['good.json is not a Hugging Face tokenizer.json'],
  ],
  ['a target that is a file', () => ['train', 'good.json', '--out', 'story.txt'], ['is a file']],
  ['a folder of other things', () => ['train', 'good.json', '--out', 'papers'], ['is not empty']],
  ['a run already there', () => ['train', 'good.json', '--out', 'run'], ['already holds a run']],
  ['a comparison over a file', () => ['quickstart', '--out', 'story.txt'], ['is a file']],
  ['a comparison over others', () => ['quickstart', '--out', 'papers'], ['is not empty']],
  [
    'a comparison without its text',
    () => ['quickstart', '--out', 'new', '--text', 'gone.txt'],
    ['no file gone.txt'],
  ],
  ['no run to resume', () => ['resume', 'papers'], ['papers does not hold a run to resume']],
  ['no folder to resume', () => ['resume', 'nowhere'], ['nowhere does not hold a run to resume']],
  ['an arms race in a file', () => ['drq', 'drq-tiny', '--out', 'story.txt'], ['is a file, not a']],
  ['an arms race of a file', () => ['drq', 'resume', 'story.txt'], ['is a file, not a folder']],
  ['a data set that is a file', () => ['nca', 'verify', 'story.txt'], ['is a file, not a folder']],
  ['a hill of a file', () => ['hill', 'story.txt'], ['error: story.txt is a file, not a folder\n']],
  ['a hill of nothing', () => ['hill', 'paper'], ['no folder paper (did you mean papers?)']],
  [
    'opponents that are a file',
    () => ['drq', 'generality', 'story.txt', '--against', 'story.txt'],
    ['error: story.txt is a file, not a folder\n'],
  ],
  [
    'a warrior that does not assemble',
    () => ['drq', 'generality', 'story.txt'],
    ['error: story does not assemble: line 1, column '],
  ],
  ['no run to report', () => ['report', 'papers'], ['papers holds no run']],
  [
    'no model to evaluate',
    () => ['eval', 'papers', '--text', 'story.txt'],
    ['papers is not a model'],
  ],
  [
    'a foreign model to evaluate',
    () => ['eval', 'foreign', '--text', 'story.txt'],
    ['config.json: the model is "GPT2LMHeadModel"; known are LlamaForCausalLM, Mistral'],
  ],
  ['a foreign model to sample', () => ['sample', 'foreign'], ['GPT2LMHeadModel']],
  ['empty text to evaluate', () => ['eval', 'run', '--text', 'empty.txt'], ['corpus is empty']],
  ['a missing prompt', () => ['sample', 'run', '--prompt', '@gone.txt'], ['no file gone.txt']],
  ['a cold temperature', () => ['sample', 'run', '--temperature', '-1'], ['temperature', '-1']],
  ['no tokens to choose from', () => ['sample', 'run', '--top-k', '0'], ['topK', 'got 0']],
  ['too much mass', () => ['sample', 'run', '--top-p', '1.5'], ['topP', 'got 1.5']],
];

describe('one line and exit code 1 for', () => {
  test.each(CASES)('%s', async (_, args, parts) => {
    const before = everything();
    const { code, stderr } = await run(args());
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    for (const part of parts) expect(stderr).toContain(part);
    expect(stderr).not.toContain('internal error');
    expect(code).toBe(1);
    expect(everything()).toEqual(before);
  });
});

describe('exit code 2 and a pointer to --help for', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown command', ['trian'], /unknown command 'trian'\n\(Did you mean train\?\)/],
    ['an unknown option', ['train', 'x', '--outt', 'y'], /unknown option '--outt'/],
    ['a missing argument', ['train'], /missing required argument 'recipe'/],
    ['a missing option', ['eval', 'run'], /required option '--text <file...>'/],
    [
      'a temperature that is no number',
      ['sample', 'run', '--temperature', 'hot'],
      /'hot' is invalid/,
    ],
    ['an empty seed', ['sample', 'run', '--seed', ''], /a whole number, 0 or more, is needed/],
    ['a negative number of tokens', ['sample', 'run', '--tokens', '-3'], /'-3' is invalid/],
  ])('%s', async (_, args, message) => {
    const { code, stderr, stdout } = await run(args);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('add --help for the options');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

test('--debug shows where an error came from, --json tells machines', async () => {
  const plain = await run(['train', 'gone.json', '--debug']);
  expect(plain.stderr).toMatch(/^error: no recipe file gone\.json.*\nUserError: .*\n\s+at /);
  const json = await run(['train', 'gone.json', '--json']);
  const lines = json.stdout.trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toEqual({
    error: 'no recipe file gone.json',
    hint: expect.stringContaining('nca-tiny'),
  });
  expect([plain.code, json.code]).toEqual([1, 1]);
});

test('a failed start leaves an existing empty folder empty, and it can be used', async () => {
  mkdirSync(at('waiting'));
  const failed = await run(['train', 'good.json', '--out', 'waiting', '--set', 'model.heads=3']);
  expect(failed.code).toBe(1);
  expect(readdirSync(at('waiting'))).toEqual([]);
  expect((await run(['train', 'good.json', '--out', 'waiting'])).code).toBe(0);
  rmSync(at('waiting'), { recursive: true });
});

test('a vocabulary larger than the asked integers of token shards is refused', () => {
  const tokenizerSha256 = hashTokenizer(createByteTokenizer());
  const write = () =>
    writeShards(at('shards'), [Int32Array.of(1)], {
      vocabSize: 70_000,
      endOfText: 0,
      tokenizerSha256,
      dtype: 'uint16',
    });
  expect(write).toThrow('a vocabulary of 70000 ids does not fit uint16, which holds 65536');
});
