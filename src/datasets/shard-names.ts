// The names of a data set's files: those that the loaders of each format look for.

import { type DatasetFormat, FORMAT_EXTENSIONS } from './formats/codec.ts';
import { SPLIT_NAMES, type SplitName } from './splits.ts';

/** Names of trainers that say `val`. */
const SHORT = { train: 'train', validation: 'val', test: 'test' } as const;

/**
 * The names of a shard's files, one an extension: number `index` of its split, or of the whole data set where it has
 * no splits (`split` null). A name may be in a folder below.
 *
 * - nanoGPT opens `train.bin` and `val.bin`;
 * - llm.c and modded-nanogpt take patterns such as `fineweb_train_*.bin`: `nca_train_000000.bin`;
 * - readers of flat arrays look for `train` or `val` in a name: `nca_train_000000.npy`;
 * - MosaicML streaming has a folder per split: `train/shard.00000.mds`;
 * - Hugging Face's datasets know `train-00000.parquet`.
 */
export function shardFiles(
  format: DatasetFormat,
  split: SplitName | null,
  index: number,
): string[] {
  const digits = (count: number) => String(index).padStart(count, '0');
  const stem = () => {
    switch (format) {
      case 'nanogpt':
        return SHORT[split!];
      case 'mds':
        return `${split === null ? '' : `${split}/`}shard.${digits(5)}`;
      case 'llmc':
        return `nca_${SHORT[split!]}_${digits(6)}`;
      case 'npy':
        return split === null ? `shard-${digits(5)}` : `nca_${SHORT[split]}_${digits(6)}`;
      default:
        return `${split ?? 'shard'}-${digits(5)}`;
    }
  };
  return FORMAT_EXTENSIONS[format].map((extension) => `${stem()}.${extension}`);
}

const SPLITS = SPLIT_NAMES.join('|');
const SHORTS = Object.values(SHORT).join('|');
/** What `shardFiles` may return. */
export const SHARD_FILE = new RegExp(
  `^((shard|${SPLITS})-\\d{5}|nca_(${SHORTS})_\\d{6}|(${SHORTS})|((${SPLITS})/)?shard\\.\\d{5})\\.[a-z]+$`,
);

/** A pattern for the files of a split, as a shell expands it, `extension` being one of the format's. */
export function shardPattern(
  format: DatasetFormat,
  split: SplitName | null,
  extension: string,
): string {
  const [name] = shardFiles(format, split, 0);
  const stem = name!.slice(0, name!.lastIndexOf('.'));
  return `${stem.replace(/0+$/, '*')}.${extension}`;
}

/** Whether a file of this name, or in a folder of this name, is one of some data set's shards. */
export function isShardFile(name: string): boolean {
  return SHARD_FILE.test(name);
}
