// Checkpoints in several files: read whole, and never believed where index and files differ.

import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadLlama } from '../../test/support/llama-files.ts';
import {
  INDEX_FILE,
  type ShardIndex,
  shardNames,
  writeShardedModel,
} from '../../test/support/sharded-model.ts';
import {
  type ArraySpec,
  flattenTree,
  foldIn,
  isArraySpec,
  keyFromSeed,
  type NdArray,
  randomInt,
  sizeOf,
  type Tree,
  UserError,
} from '../core/index.ts';
import { formatJson } from '../files/json.ts';
import { writeSafetensors } from '../files/safetensors.ts';
import {
  deriveLlamaConfig,
  initLlama,
  llamaConfigJson,
  llamaSpecs,
  namedTensors,
} from '../nn/index.ts';

const config = deriveLlamaConfig(
  { hiddenSize: 8, heads: 2, layers: 3, intermediateSize: 8, attentionBias: 'qkv' },
  { vocabSize: 20, contextLength: 16 },
);
const params = initLlama(config, keyFromSeed(1));
const SHARDS = shardNames(3);

let root: string;
let whole: string;
let folder: string;
let count = 0;

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'primordia-shards-'));
  whole = path.join(root, 'whole');
  mkdirSync(whole);
  writeShardedModel(whole, params, 3);
  writeFileSync(path.join(whole, 'config.json'), formatJson(llamaConfigJson(config)));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  folder = path.join(root, `${count++}`);
  cpSync(whole, folder, { recursive: true });
});

const indexText = () => readFileSync(path.join(whole, INDEX_FILE), 'utf8');
const writeIndex = (text: string) => writeFileSync(path.join(folder, INDEX_FILE), text);

/** Writes the index again after a change. */
function editIndex(change: (index: ShardIndex) => void): void {
  const index = JSON.parse(indexText()) as ShardIndex;
  change(index);
  writeIndex(formatJson(index));
}

/** A safetensors file of float32 zeros, as a hole in the file system. */
function writeHoles(shapes: Readonly<Record<string, readonly number[]>>): void {
  let end = 0;
  const fields = Object.entries(shapes).map(([name, shape]) => {
    const begin = end;
    end += 4 * sizeOf(shape);
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
  });
  const header = JSON.stringify(Object.fromEntries(fields));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  const file = path.join(folder, 'model.safetensors');
  writeFileSync(file, Buffer.concat([prefix, Buffer.from(header)]));
  truncateSync(file, 8 + header.length + end);
}

function refusal(): UserError {
  try {
    loadLlama(folder);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error('nothing was thrown');
}

const NORM = 'model.norm.weight';
const QUERY = 'model.layers.0.self_attn.q_proj.weight';

describe('a checkpoint in several files', () => {
  test('is read whole', () => {
    expect(readdirSync(folder)).toEqual(['config.json', ...SHARDS, INDEX_FILE].sort());
    expect(loadLlama(folder)).toEqual({ config, params });
  });

  test('needs no metadata, and its files may be links', () => {
    editIndex((index) => Reflect.deleteProperty(index, 'metadata'));
    const file = path.join(folder, SHARDS[1]!);
    rmSync(file);
    symlinkSync(path.join(whole, SHARDS[1]!), file);
    expect(loadLlama(folder)).toEqual({ config, params });
  });

  test('is passed over for a single file, as transformers does', () => {
    writeSafetensors(path.join(folder, 'model.safetensors'), namedTensors(params));
    writeIndex('nothing');
    expect(loadLlama(folder)).toEqual({ config, params });
  });

  test.each<[string, (index: ShardIndex) => void, string]>([
    [
      'a tensor is not in the file that is named',
      ({ weight_map: map }) => {
        map['model.layers.9.x'] = SHARDS[0];
      },
      `puts the tensor 'model.layers.9.x' in ${SHARDS[0]}, which has none of that name`,
    ],
    [
      'a tensor is in another file',
      ({ weight_map: map }) => {
        map[NORM] = SHARDS[0];
      },
      `${SHARDS[2]} has the tensor '${NORM}', which`,
    ],
    [
      'a tensor is not named',
      ({ weight_map: map }) => {
        delete map[QUERY];
      },
      `${SHARDS[0]} has the tensor '${QUERY}', which`,
    ],
    [
      'total_size is another',
      ({ metadata }) => {
        metadata.total_size = 12;
      },
      'says total_size 12, the tensors have',
    ],
    [
      'total_size is no number',
      ({ metadata }) => {
        metadata.total_size = '12';
      },
      "is not an index of tensors: 'metadata.total_size'",
    ],
    [
      'no tensor is named',
      (index) => {
        index.weight_map = {};
      },
      'names no tensor',
    ],
    [
      'the map is a list',
      (index) => {
        index.weight_map = [SHARDS[0]] as never;
      },
      "is not an index of tensors: 'weight_map'",
    ],
    [
      'a file is a number',
      ({ weight_map: map }) => {
        map[NORM] = 3;
      },
      "is not an index of tensors: 'weight_map.model.norm.weight'",
    ],
    ...[
      '../whole/model-00003-of-00003.safetensors',
      '/etc/passwd',
      '/dev/zero',
      '..',
      '',
      '.hidden.safetensors',
      'a/b.safetensors',
      'a\\b.safetensors',
      'C:model.safetensors',
      'model.safetensors\0',
      'model.bin',
      'config.json',
    ].map((name): [string, (index: ShardIndex) => void, string] => [
      `a file is ${JSON.stringify(name)}`,
      ({ weight_map: map }) => {
        map[NORM] = name;
      },
      'which is not a plain name of a .safetensors file',
    ]),
    [
      'names are long and full of control characters',
      ({ weight_map: map }) => {
        map[`\u001b[31m${'x'.repeat(1e6)}`] = SHARDS[0];
      },
      `puts the tensor '\\x1b[31m${'x'.repeat(75)}…' in ${SHARDS[0]}`,
    ],
    [
      'more files are named than anyone has',
      ({ weight_map: map }) => {
        for (let i = 0; i < 10_001; i++) map[`t${i}`] = `s${i}.safetensors`;
      },
      'names 10004 files, more than 10000',
    ],
  ])('is refused where %s', (_, change, message) => {
    editIndex(change);
    const error = refusal();
    expect(error.message).toContain(message);
    expect(error.message.length).toBeLessThan(400);
    expect(error.hint).toBeDefined();
  });

  test('is refused where a file is missing, cut short, or another', () => {
    const file = path.join(folder, SHARDS[1]!);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, -1));
    expect(refusal().message).toMatch(/model-00002-of-00003\.safetensors: truncated/);
    rmSync(file);
    expect(refusal().message).toContain(`names ${SHARDS[1]}, which is not in its folder`);
    mkdirSync(file);
    expect(refusal().message).toMatch(/model-00002-of-00003\.safetensors/);
    rmSync(file, { recursive: true });
    cpSync(path.join(folder, SHARDS[0]!), file);
    expect(refusal().message).toContain(`${SHARDS[1]} has the tensor`);
  });

  test('is refused where a tensor is named twice', () => {
    writeIndex(indexText().replace(`"${NORM}":`, `"${NORM}": "${SHARDS[2]}", "${NORM}":`));
    expect(refusal().message).toContain(`names '${NORM}' twice`);
    writeIndex(indexText().replace('{', '{ "weight_map": {},'));
    expect(refusal().message).toContain("names 'weight_map' twice");
  });

  test('is refused where its index is larger than any', () => {
    writeIndex(`{${' '.repeat(2 ** 22)}${indexText().slice(1)}`);
    expect(refusal().message).toMatch(/has [\d,]+ bytes, more than the 4,194,304 that are read/);
  });

  test('is refused where two files have one tensor', () => {
    const norm = { [NORM]: { ...params.model.norm.weight } };
    const first = Object.entries(namedTensors(params)).slice(0, 2);
    writeSafetensors(path.join(folder, SHARDS[0]!), { ...Object.fromEntries(first), ...norm });
    expect(refusal().message).toContain(`${SHARDS[0]} has the tensor '${NORM}', which`);
  });

  test('is refused by shapes and memory before its data is read', () => {
    // Files of holes, which take no place on the disk and would take more memory than a computer has.
    writeHoles({ [NORM]: [2 ** 34] });
    expect(refusal().message).toMatch(/is missing \(and \d+ more that do not fit\)/);
    const vast = deriveLlamaConfig(
      { hiddenSize: 2 ** 16, heads: 2 ** 9, layers: 1, intermediateSize: 2, tieEmbeddings: true },
      { vocabSize: 2 ** 22, contextLength: 16 },
    );
    writeFileSync(path.join(folder, 'config.json'), formatJson(llamaConfigJson(vast)));
    const specs = llamaSpecs(vast) as unknown as Tree<ArraySpec>;
    const shapes = flattenTree<ArraySpec>(specs, isArraySpec).map(
      ([name, { shape }]) => [name, shape] as const,
    );
    writeHoles(Object.fromEntries(shapes));
    expect(refusal().message).toMatch(
      /the weights take 1088\.0 GiB as float32, and only \S+ GiB are available$/,
    );
  });

  test('however its index is damaged, is refused or read as it is', () => {
    const key = keyFromSeed(5);
    const text = Buffer.from(indexText());
    let refused = 0;
    for (let round = 0; round < 400; round++) {
      writeFileSync(path.join(folder, INDEX_FILE), mutate(text, foldIn(key, round)));
      try {
        expect(loadLlama(folder)).toEqual({ config, params });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(300);
  });
});

function mutate(text: Uint8Array, key: ReturnType<typeof keyFromSeed>): Uint8Array {
  const pick = (name: string, below: number) => randomInt(foldIn(key, name), below);
  const at = pick('at', text.length);
  const to = Math.min(text.length, at + 1 + pick('length', 40));
  const [head, part, tail] = [text.subarray(0, at), text.subarray(at, to), text.subarray(to)];
  switch (pick('kind', 5)) {
    case 0:
      return Buffer.concat([head, tail]);
    case 1:
      return Buffer.concat([head, part, part, tail]);
    case 2:
      return head;
    case 3: {
      const flipped = Buffer.from(text);
      flipped[at]! ^= 1 << pick('bit', 8);
      return flipped;
    }
    default: {
      const from = pick('from', text.length);
      return Buffer.concat([head, text.subarray(from, from + 20), tail]);
    }
  }
}

describe('a folder without weights', () => {
  test('that has others says so', () => {
    for (const name of [...SHARDS, INDEX_FILE]) rmSync(path.join(folder, name));
    expect(refusal().hint).toContain('give a run folder');
    writeFileSync(path.join(folder, 'pytorch_model.bin'), '');
    const error = refusal();
    expect(error.message).toContain('has no model.safetensors');
    expect(error.hint).toContain('pytorch_model.bin cannot be read');
  });

  test('and one that is a file is refused', () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    expect(refusal().message).toContain('has no config.json');
  });
});

test('a tied head may lie in another file than the embedding', () => {
  const tied = deriveLlamaConfig(
    { hiddenSize: 8, heads: 2, layers: 1, intermediateSize: 8, tieEmbeddings: true },
    { vocabSize: 20, contextLength: 16 },
  );
  const tiedParams = initLlama(tied, keyFromSeed(2));
  const head: NdArray = tiedParams.model.embed_tokens.weight;
  const [body, rest] = [namedTensors(tiedParams), { 'lm_head.weight': head }];
  writeSafetensors(path.join(folder, 'a.safetensors'), body);
  writeSafetensors(path.join(folder, 'b.safetensors'), rest);
  const entries = [...Object.keys(body).map((name) => [name, 'a.safetensors'])];
  const weightMap = { ...Object.fromEntries(entries), 'lm_head.weight': 'b.safetensors' };
  writeIndex(formatJson({ weight_map: weightMap }));
  writeFileSync(path.join(folder, 'config.json'), formatJson(llamaConfigJson(tied)));
  expect(loadLlama(folder)).toEqual({ config: tied, params: tiedParams });
});
