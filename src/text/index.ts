// Public surface of `primordia/text`.
export {
  countWindows,
  evaluationBatches,
  sampleBatch,
  streamBatch,
  streamTokens,
  type TokenBatch,
  type TokenStream,
} from './batches.ts';
export * from './bpe.ts';
export type { ByteLevelVocabulary } from './byte-level-json.ts';
export * from './byte-tokenizer.ts';
export * from './corpus.ts';
export { DEFAULT_CORPUS_SHA256, defaultCorpusFile, readDefaultCorpus } from './default-corpus.ts';
export { listTextFiles, TEXT_EXTENSIONS } from './list-text-files.ts';
export { permuteIndex } from './permute-index.ts';
export * from './read-tokenizer-json.ts';
export { hashTokenizer, type ShardDType, type ShardManifest } from './shard-manifest.ts';
export * from './shards.ts';
export { type CorpusSplit, type SplitOptions, splitCorpus } from './split.ts';
export * from './tokenize-documents.ts';
export * from './tokenizer.ts';
export * from './tokenizer-from-json.ts';
export * from './train-bpe.ts';
