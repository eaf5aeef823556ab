// Files beside the shards that a loader needs: nanoGPT's vocabulary and configuration, MosaicML streaming's index.

import { layoutOf } from './dataset-layout.ts';
import { mdsSettings } from './formats/mds.ts';
import type { DatasetManifest, ShardRecord } from './manifest.ts';
import { type PickleValue, pickle } from './pickle.ts';
import { shardFiles } from './shard-names.ts';
import { planShards } from './shard-plan.ts';
import type { SplitName } from './splits.ts';

type CompanionFile = {
  /** In the folder of the data set, or in one below. */
  readonly name: string;
  readonly content: Buffer;
  /** People change it: it is written once, and not verified. */
  readonly isEditable: boolean;
};

/** A pure function of the manifest; none unless it is that of a whole, complete data set. */
export function companionFiles(manifest: DatasetManifest): CompanionFile[] {
  if (!manifest.complete || manifest.piece !== null) return [];
  const fixed = (name: string, content: Buffer) => ({ name, content, isEditable: false });
  if (manifest.files === 'nanogpt') {
    const config = { name: 'train_nca.py', content: nanogptConfig(manifest), isEditable: true };
    return [fixed('meta.pkl', nanogptMeta(manifest)), config];
  }
  if (manifest.files !== 'mds') return [];
  const splits = manifest.splits?.map(({ name }) => name) ?? [null];
  return splits.map((split) =>
    fixed(`${split === null ? '' : `${split}/`}index.json`, mdsIndex(manifest, split)),
  );
}

/** Names that `companionFiles` gives to some data set's files. */
export function isCompanionFile(name: string): boolean {
  return /^(meta\.pkl|train_nca\.py|((train|validation|test)\/)?index\.json)$/.test(name);
}

/** `meta.pkl`: the size of the vocabulary, and a character for each token and back. */
function nanogptMeta({ vocabSize }: DatasetManifest): Buffer {
  const characters = tokenCharacters(vocabSize);
  return pickle(
    new Map<PickleValue, PickleValue>([
      ['vocab_size', vocabSize],
      ['itos', new Map(characters.map((character, id) => [id, character]))],
      ['stoi', new Map(characters.map((character, id) => [character, id]))],
    ]),
  );
}

const ALPHANUMERIC = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** The block of CJK unified ideographs, and the supplementary private use area A. */
const IDEOGRAPHS = { first: 0x4e00, count: 20_992 };
const PRIVATE_USE = 0xf0000;

/**
 * One character per token, so that text can be encoded character by character: a line feed opens a frame (nanoGPT's
 * `sample.py` begins with one) and `|` closes it. Patches are digits and letters where these suffice, else ideographs,
 * else characters of private use.
 */
export function tokenCharacters(vocabSize: number): string[] {
  const patches = vocabSize - 2;
  const character = (id: number) => {
    if (patches <= ALPHANUMERIC.length) return ALPHANUMERIC[id]!;
    const first = patches <= IDEOGRAPHS.count ? IDEOGRAPHS.first : PRIVATE_USE;
    return String.fromCodePoint(first + id);
  };
  return [...Array.from({ length: patches }, (_, id) => character(id)), '\n', '|'];
}

/** Settings by the names that nanoGPT's `train.py` has; the rest keep its values. */
function nanogptConfig({ sequenceLength }: DatasetManifest): Buffer {
  return Buffer.from(
    `# NCA tokens for nanoGPT. In its folder: python train.py PATH/train_nca.py
import os

# The folder of this file, wherever it lies; configurator.py of nanoGPT sets config_file.
dataset = os.path.abspath(os.path.dirname(config_file))
out_dir = 'out-nca'
# A sequence has ${sequenceLength} tokens; windows start anywhere.
block_size = ${sequenceLength}
`,
    'latin1',
  );
}

/** `index.json`: every shard of a split, in order. */
function mdsIndex(manifest: DatasetManifest, split: SplitName | null): Buffer {
  const settings = mdsSettings(layoutOf(manifest));
  const records = new Map(manifest.shards.map((record) => [record.shard, record]));
  const shards = planShards(manifest, null)
    .filter((planned) => planned.split === split)
    .map(({ shard, count, index }) => {
      const [file] = records.get(shard)!.files as ShardRecord['files'];
      const [name] = shardFiles('mds', split, index);
      return {
        ...settings,
        raw_data: {
          basename: name!.slice(name!.lastIndexOf('/') + 1),
          bytes: file!.bytes,
          hashes: { sha256: file!.sha256 },
        },
        samples: count,
        zip_data: null,
      };
    });
  return Buffer.from(`${JSON.stringify({ shards, version: 2 })}\n`, 'latin1');
}
