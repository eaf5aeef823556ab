// Files as the program writes them, for fuzzing to begin with. Every one is made once, by the program itself.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { runCommandLine } from '../../dist/cli/run-command-line.js';
import { initParams, keyFromSeed } from '../../dist/core/index.js';
import { readSafetensors, writeSafetensors } from '../../dist/files/index.js';
import {
  createModel,
  deriveLlamaConfig,
  describeModel,
  initLlama,
  llamaDescription,
  MODELS,
  namedTensors,
} from '../../dist/nn/index.js';
import { saveLearner, saveModel } from '../../dist/run/index.js';
import { createByteTokenizer, hashTokenizer, writeShards } from '../../dist/text/index.js';

const STORY = Array.from(
  { length: 400 },
  (_, i) => `The ${['rain', 'sun', 'wind'][i % 3]} came to town ${i} on day ${i * i}.\n`,
).join('\n');

export const IMP = ';name Imp\n;author A. K. Dewdney\n;strategy moves on\nMOV 0, 1\nEND\n';
export const DWARF =
  ';redcode-94\n;name Dwarf\n;assert CORESIZE % 4 == 0\nstep EQU 4\n        ORG start\nstart   ADD.AB #step, bomb\n        MOV.I  bomb, @bomb\n        JMP    start\nbomb    DAT.F  #0, #0\nFOR 3\n DAT 0, &x\nROF\n        END\n';

const STEPS = { steps: 2, evaluateEvery: 1 };

/** A language model, on a world and then on a text. */
export const RUN_RECIPE = {
  name: 'tiny',
  model: { kind: 'llama', hiddenSize: 16, layers: 1, heads: 2 },
  batchSize: 2,
  heldOutSequences: 4,
  stages: {
    source: {
      ...STEPS,
      data: { kind: 'nca', colors: 2, grid: 4, band: { kind: 'none' } },
      contextLength: 23,
    },
    text: {
      ...STEPS,
      data: { kind: 'text', corpus: { files: ['story.txt'] }, evaluationTokens: 64 },
      contextLength: 16,
    },
  },
  engine: { threads: 1 },
};

/** A recurrent network, through what its algorithms leave to one another. */
export const MEMORY_RECIPE = {
  name: 'small',
  data: { kind: 'copy' },
  contextLength: 8,
  batchSize: 4,
  heldOutSequences: 4,
  model: {
    kind: 'recurrent-transformer',
    ...{ hiddenSize: 8, memoryTokens: 2, decoderLayers: 1, cellLayers: 1 },
  },
  stages: {
    smt: { ...STEPS, algorithm: { kind: 'smt', encoderLayers: 1 } },
    dmt: { ...STEPS, algorithm: { kind: 'dmt', every: 4 }, start: { keep: 'all' } },
  },
  rollout: { length: 8, sequences: 2 },
  engine: { threads: 1 },
};

export const RACE_RECIPE = {
  kind: 'redqueen',
  name: 'race',
  rounds: 2,
  iterations: 4,
  simulations: 1,
  opponents: { initial: ['imp'], last: 1 },
};

const { name: _, ...MEMORY_BASE } = MEMORY_RECIPE;

export const STUDY = {
  kind: 'study',
  name: 'rates',
  seeds: [0],
  base: MEMORY_BASE,
  axes: {
    algorithm: { smt: {}, bptt: { stages: { smt: null, dmt: null, bptt: STEPS } } },
  },
  baseline: { algorithm: 'bptt' },
  tuning: {
    where: { algorithm: 'bptt' },
    key: 'stages.bptt.optimizer.learningRate',
    values: [0.01, 0.1],
    seeds: [9],
  },
};

/** Writes a file, with the folders above it. */
export function write(folder, name, content) {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  const isBytes = typeof content === 'string' || content instanceof Uint8Array;
  writeFileSync(file, isBytes ? content : JSON.stringify(content, null, 2));
  return file;
}

/** Runs a command in this process. */
async function run(...args) {
  const code = await runCommandLine(['node', 'primordia', ...args]);
  if (code !== 0) throw new Error(`primordia ${args.join(' ')} ended with ${code}`);
}

/** A recipe whose text lies in the folder. */
export function withStory(folder, recipe) {
  const file = write(folder, 'story.txt', STORY);
  const { source, text } = recipe.stages;
  const data = { ...text.data, corpus: { files: [file] } };
  return { ...recipe, stages: { source, text: { ...text, data } } };
}

/** A run, and one whose text begins with what the first stage of that run left. */
export async function makeRuns(folder) {
  const whole = withStory(folder, RUN_RECIPE);
  const first = { ...whole, stages: { source: whole.stages.source } };
  const from = path.join(folder, 'run');
  const start = { from, weights: 'permuted' };
  const next = { ...whole, stages: { text: { ...whole.stages.text, start } } };
  await run('train', write(folder, 'first.json', first), '--out', from);
  await run('train', write(folder, 'next.json', next), '--out', path.join(folder, 'next'));
  return [from, path.join(folder, 'next')];
}

export async function makeMemoryRun(folder) {
  const recipe = write(folder, 'small.json', MEMORY_RECIPE);
  await run('train', recipe, '--out', path.join(folder, 'run'));
  return path.join(folder, 'run');
}

export async function makeStudy(folder) {
  const study = write(folder, 'study.json', STUDY);
  const out = path.join(folder, 'study');
  await run('study', study, '--out', out, '--executor', 'in-process');
  return out;
}

export async function makeRace(folder) {
  const recipe = write(folder, 'race.json', RACE_RECIPE);
  await run('drq', recipe, '--out', path.join(folder, 'run'), '--workers', '1');
  write(folder, 'others/imp.red', IMP);
  const others = ['--against', path.join(folder, 'others'), '--rounds', '1', '--workers', '1'];
  await run('drq', 'generality', path.join(folder, 'run'), ...others);
  return path.join(folder, 'run');
}

export async function makeDataset(folder, format) {
  const out = path.join(folder, 'data');
  const world = ['--colors', '2', '--grid', '4', '--band', 'none'];
  const size = ['--tokens', '400', '--seq-len', '48', '--workers', '1'];
  await run('nca', 'generate', ...world, ...size, '--format', format, '--out', out);
  return out;
}

export async function makeHill(folder) {
  const warriors = [write(folder, 'imp.red', IMP), write(folder, 'dwarf.red', DWARF)];
  const file = path.join(folder, 'hill.json');
  await run('hill', path.dirname(warriors[0]), '--rounds', '1', '--workers', '1', '--out', file);
  return file;
}

/** A folder as Hugging Face's tools write it. */
export function makeModel(folder) {
  const config = deriveLlamaConfig(
    { hiddenSize: 16, layers: 1, heads: 2, intermediateSize: 8 },
    { vocabSize: 257, contextLength: 16 },
  );
  const params = namedTensors(initLlama(config, keyFromSeed(1)));
  return saveLearner({
    directory: path.join(folder, 'model'),
    stage: 'text',
    step: 3,
    keepLast: 1,
    registry: MODELS,
    model: llamaDescription(config),
    snapshot: { params, optimizer: {} },
    tokenizer: createByteTokenizer(),
  });
}

/** A folder as we write it for kinds that Hugging Face's tools do not know. */
export function makeOwnModel(folder) {
  const model = describeModel(
    MODELS,
    'gru',
    { hiddenSize: 8, memoryTokens: 2 },
    { vocabSize: 16, contextLength: 8 },
  );
  const { params } = createModel(MODELS, model.kind, model.options, model.sizes);
  const directory = path.join(folder, 'own');
  const named = namedTensors(initParams(params, keyFromSeed(1)));
  saveModel(directory, MODELS, { model, params: named });
  return directory;
}

export function makeShards(folder) {
  const tokenizer = createByteTokenizer();
  const directory = path.join(folder, 'tokens');
  writeShards(directory, [tokenizer.encode(STORY), tokenizer.encode(STORY)], {
    vocabSize: tokenizer.vocabSize,
    endOfText: tokenizer.endOfText,
    tokenizerSha256: hashTokenizer(tokenizer),
    tokensPerShard: 1000,
  });
  return directory;
}

/** A short text, compressed by programs of which Node has no writer. */
const COMPRESSED = {
  'story.txt.zst':
    'KLUv/SRCzQEAYoMLEbC5AUBBJrQyGFNwic1RPigjFjaNvuWI5vJxTfQMVPJRmAVdZ33WNzesechHEQIATQ2lDtMJ0QrJ7g==',
  'story.txt.bz2':
    'QlpoOTFBWSZTWTsr2V8AAAlTgAAQQAUEAC9jnoAgAFREDTQyMmBKnoUekDammjivF/CoHVIjMnE92YNj2hJTjAzalrZ1DOIdyGHtSKtIu5IpwoSB2V7K+A==',
  'story.txt.xz':
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ABBADpdACoaCKIDLUaZBNxRK+iohVEUXVelOv6zXfxzRp9dSmTk1Tjj4lI1WuRPddGL/YHfxJeCOYF306f0c4AAAABYXTof7CFmNQABVkJFb7VUH7bzfQEAAAAABFla',
};

export function makeTexts(folder) {
  const lines = STORY.split('\n\n').map((text, id) => `${JSON.stringify({ id, text })}\n`);
  write(folder, 'story.txt', STORY);
  write(folder, 'story.jsonl', lines.join(''));
  write(folder, 'story.txt.gz', gzipSync(STORY));
  write(folder, 'story.jsonl.gz', gzipSync(lines.join('')));
  for (const [name, base64] of Object.entries(COMPRESSED)) {
    write(folder, name, Buffer.from(base64, 'base64'));
  }
  const texts = STORY.split('\n\n').slice(0, 40);
  const rows = texts.map((text, id) => `${id},"${text.replaceAll('"', '""')}"\n`);
  write(folder, 'story.csv', `id,text\n${rows.join('')}`);
  write(
    folder,
    'story.json',
    texts.map((text, id) => ({ id, text })),
  );
  write(folder, 'story.parquet', parquet('text', texts, 'STRING'));
}

function parquet(name, data, type) {
  return new Uint8Array(parquetWriteBuffer({ columnData: [{ name, data, type }] }));
}

/** Token files of other programs, in each format. */
export function makeTokenFiles(folder) {
  const rows = Array.from({ length: 8 }, (_, row) =>
    Array.from({ length: 16 }, (_, i) => (row * i) % 50),
  );
  const ids = Uint16Array.from(rows.flat());
  write(folder, 'tokens.bin', new Uint8Array(ids.buffer));
  const header = "{'descr': '<u2', 'fortran_order': False, 'shape': (8, 16), }".padEnd(117);
  const preamble = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
  const npy = [preamble, Buffer.from(`${header}\n`), Buffer.from(ids.buffer)];
  write(folder, 'tokens.npy', Buffer.concat(npy));
  const lines = rows.map((tokens) => JSON.stringify({ tokens }));
  write(folder, 'tokens.jsonl', `${lines.join('\n')}\n`);
  write(folder, 'tokens.parquet', parquet('tokens', rows, 'JSON'));
}

/** A model in two files with an index, as large ones come. */
export function makeShardedModel(folder) {
  const directory = makeModel(folder);
  const tensors = Object.entries(
    readSafetensors(path.join(directory, 'model.safetensors')).tensors,
  );
  const half = tensors.length >> 1;
  const parts = [tensors.slice(0, half), tensors.slice(half)];
  const names = parts.map((_, i) => `model-0000${i + 1}-of-00002.safetensors`);
  for (const [i, part] of parts.entries()) {
    writeSafetensors(path.join(directory, names[i]), Object.fromEntries(part));
  }
  const bytes = tensors.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  write(directory, 'model.safetensors.index.json', {
    metadata: { total_size: bytes },
    weight_map: Object.fromEntries(
      parts.flatMap((part, i) => part.map(([name]) => [name, names[i]])),
    ),
  });
  for (const file of ['model.safetensors', 'checkpoint.json', 'optimizer.safetensors']) {
    rmSync(path.join(directory, file), { force: true });
  }
  return directory;
}

export function makeImages(folder) {
  const header = [0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0, 4];
  const bytes = Uint8Array.from([
    ...header,
    ...Array.from({ length: 80 }, (_, i) => (i * 7) % 256),
  ]);
  write(folder, 'plain.idx', bytes);
  write(folder, 'packed.idx.gz', gzipSync(bytes));
}

const END = { id: 3, content: '</s>', special: true };
const VOCAB = { '[UNK]': 0, t: 1, '##o': 2, '</s>': 3, h: 4, e: 5, he: 6, th: 7 };

/** One tokenizer.json of each family. */
export const TOKENIZERS = {
  'bytes.json': createByteTokenizer().toJson(),
  'wordpiece.json': {
    added_tokens: [END],
    normalizer: { type: 'BertNormalizer', lowercase: true, clean_text: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: { type: 'WordPiece', unk_token: '[UNK]', max_input_chars_per_word: 100, vocab: VOCAB },
  },
  'split.json': {
    added_tokens: [END],
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: {
            Regex: "(?i:'s|'t|'re)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|\\s+(?!\\S)|\\s+",
          },
          behavior: 'Isolated',
          invert: false,
        },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
      ],
    },
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: VOCAB,
      merges: ['t h', 'h e'],
      unk_token: '[UNK]',
      byte_fallback: false,
      ignore_merges: true,
    },
  },
  'unigram.json': {
    added_tokens: [END],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
    decoder: {
      type: 'Sequence',
      decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }],
    },
    model: { type: 'Unigram', unk_id: 0, vocab: Object.keys(VOCAB).map((token, i) => [token, -i]) },
  },
};

/** The bytes of a file. */
export const bytesOf = (...parts) => readFileSync(path.join(...parts));
