// Public surface of `primordia/datasets`: token data sets in the formats that trainers read.
export {
  DATASET_FORMATS,
  type DatasetFormat,
  IGNORED_LABEL,
  type TokenDType,
} from './formats/codec.ts';
export * from './generate-dataset.ts';
export { type DatasetManifest, manifestName, readManifest, type ShardRecord } from './manifest.ts';
export { ARITHMETICS, type Arithmetic } from './nca-sequences.ts';
export { findManifest, openDataset, type TokenDataset } from './open-dataset.ts';
export {
  DEFAULT_ARITHMETIC,
  DEFAULT_SHARD_TOKENS,
  type GenerateOptions,
  type GenerateProgress,
} from './plan-dataset.ts';
export type { Piece } from './shard-plan.ts';
export {
  DEFAULT_SPLITS,
  SPLIT_NAMES,
  type Split,
  type SplitName,
  type SplitShares,
} from './splits.ts';
export * from './stream-sequences.ts';
export { INTEGER_DTYPES, type IntegerDType } from './token-files/integers.ts';
export * from './token-files/open-token-files.ts';
export * from './verify-dataset.ts';
