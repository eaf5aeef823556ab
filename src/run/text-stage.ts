// The text stage: a corpus becomes token shards in the run folder, once, and batches from there on.

import { copyFileSync, existsSync, linkSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { foldIn, type Key, UserError } from '../core/index.ts';
import { ensureDirectory, explainingErrors, writeFileAtomic } from '../files/atomic.ts';
import { readSealedJson, writeSealedJson } from '../files/sealed-json.ts';
import {
  createBpeTokenizer,
  createByteTokenizer,
  describeCounts,
  evaluationBatches,
  hashTokenizer,
  readCorpus,
  readDefaultCorpus,
  readShards,
  readTokenizerJson,
  sampleBatch,
  splitCorpus,
  type TokenBatch,
  type Tokenizer,
  trainBpe,
  writeShards,
} from '../text/index.ts';
import type { TextRecipe } from './recipe.ts';

/** How field and column are chosen, in errors. */
const SETTINGS = {
  field: 'text.corpus.field=NAME in the recipe, --text-field NAME after --text',
  column: 'text.corpus.column=NAME in the recipe, --text-column NAME after --text',
};

const bytesSchema = z.int().nonnegative();
const infoSchema = z.strictObject({
  corpus: z.string(),
  /** Files that were read, documents in them, and those left out. Absent for the default corpus. */
  files: bytesSchema.optional(),
  documents: bytesSchema.optional(),
  nullDocuments: bytesSchema.optional(),
  blankDocuments: bytesSchema.optional(),
  trainDocuments: bytesSchema,
  validationDocuments: bytesSchema,
  trainBytes: bytesSchema,
  validationBytes: bytesSchema,
  trainTokens: bytesSchema,
  validationTokens: bytesSchema,
});
/** What the prepared text holds; bytes are UTF-8. */
export type TextInfo = z.infer<typeof infoSchema>;

/** How much text was read from files; null where it is the default corpus. */
export function describeText(info: TextInfo): string | null {
  const { files, documents = 0, nullDocuments = 0, blankDocuments = 0 } = info;
  if (files === undefined) return null;
  return describeCounts(documents, { files, nullDocuments, blankDocuments });
}

export type TextData = {
  readonly info: TextInfo;
  readonly tokenizer: Tokenizer;
  readonly batch: (step: number) => TokenBatch;
  readonly heldOut: readonly TokenBatch[];
};

/** Folder of the prepared text in a run folder. */
export function textFolder(runDirectory: string): string {
  return path.join(runDirectory, 'text');
}

/** Whether a run folder's text is prepared, to the end. */
export function hasText(runDirectory: string): boolean {
  return existsSync(path.join(textFolder(runDirectory), 'info.json'));
}

/** Gives a run folder the prepared text of another, without a second copy where the file system can share files. */
export function linkText(fromRun: string, toRun: string): void {
  const [from, to] = [textFolder(fromRun), textFolder(toRun)];
  if (!hasText(fromRun) || hasText(toRun)) return;
  const files = explainingErrors(
    from,
    () => readdirSync(from, { recursive: true, encoding: 'utf8' }),
    'reading',
  );
  // What says that the text is whole comes last.
  files.sort((a, b) => Number(a === 'info.json') - Number(b === 'info.json'));
  for (const file of files) {
    const [source, target] = [path.join(from, file), path.join(to, file)];
    if (statSync(source).isDirectory()) continue;
    ensureDirectory(path.dirname(target));
    explainingErrors(target, () => linkOrCopy(source, target));
  }
}

function linkOrCopy(source: string, target: string): void {
  rmSync(target, { force: true });
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}

/**
 * Reads, splits and tokenizes the corpus into `folder`. What lies there finished is used as it is,
 * so that a resumed run has the same text even if the corpus has changed since.
 */
export function prepareText(folder: string, recipe: TextRecipe, seed: number): void {
  if (existsSync(path.join(folder, 'info.json'))) return;
  const { files, field, column } = recipe.corpus;
  const read = files.length > 0 ? readCorpus(files, { field, column, settings: SETTINGS }) : null;
  const corpus = read ?? readDefaultCorpus();
  const { train, validation } = splitCorpus(corpus, {
    validationFraction: recipe.validationFraction,
    seed,
  });
  const tokenizer = createTokenizer(recipe, train);
  const write = (name: string, documents: readonly string[]) =>
    writeShards(
      path.join(folder, name),
      documents.map((document) => tokenizer.encode(document)),
      {
        vocabSize: tokenizer.vocabSize,
        endOfText: tokenizer.endOfText,
        tokenizerSha256: hashTokenizer(tokenizer),
      },
    ).tokens;
  const bytes = (documents: readonly string[]) =>
    documents.reduce((sum, document) => sum + Buffer.byteLength(document), 0);
  const info: TextInfo = {
    corpus: corpus.name,
    ...(read && {
      files: read.files,
      documents: read.documents.length,
      nullDocuments: read.nullDocuments,
      blankDocuments: read.blankDocuments,
    }),
    trainDocuments: train.length,
    validationDocuments: validation.length,
    trainBytes: bytes(train),
    validationBytes: bytes(validation),
    trainTokens: write('train', train),
    validationTokens: write('validation', validation),
  };
  writeFileAtomic(path.join(folder, 'tokenizer.json'), JSON.stringify(tokenizer.toJson()));
  writeSealedJson(path.join(folder, 'info.json'), info);
}

function createTokenizer(recipe: TextRecipe, documents: readonly string[]): Tokenizer {
  const { tokenizer } = recipe;
  switch (tokenizer.kind) {
    case 'byte':
      return createByteTokenizer();
    case 'bpe':
      return createBpeTokenizer(trainBpe(documents, { vocabSize: tokenizer.vocabSize }));
    case 'file':
      return readTokenizerJson(tokenizer.path);
  }
}

/** What `prepareText` found. */
export function readTextInfo(folder: string): TextInfo {
  const file = path.join(folder, 'info.json');
  const result = infoSchema.safeParse(readSealedJson(file));
  if (result.success) return result.data;
  throw new UserError(`${file} does not describe prepared text`, {
    hint: `remove ${folder} and resume the run: the text is prepared again`,
  });
}

/** Opens prepared text. Batches are pure functions of the key. */
export function openText(folder: string, recipe: TextRecipe, key: Key): TextData {
  const tokenizerFile = path.join(folder, 'tokenizer.json');
  const tokenizer = readTokenizerJson(tokenizerFile);
  // What a run learned from so far must be what it goes on with.
  const options = { verifyHashes: true, tokenizerSha256: hashTokenizer(tokenizer) };
  const train = readShards(path.join(folder, 'train'), options);
  const validation = readShards(path.join(folder, 'validation'), options);
  const sequences = recipe.batchSize * recipe.accumulate;
  if (validation.length <= recipe.contextLength || train.length <= recipe.contextLength) {
    throw new UserError(
      `the text is too short: ${train.length} training and ${validation.length} held-out tokens ` +
        `for a context of ${recipe.contextLength}`,
      { hint: 'give more text, or lower text.contextLength' },
    );
  }
  const orderKey = foldIn(key, 'order');
  return {
    info: readTextInfo(folder),
    tokenizer,
    batch: (step) =>
      sampleBatch(train, orderKey, recipe.skipBatches + step, sequences, recipe.contextLength),
    heldOut: evaluationBatches(
      validation,
      sequences,
      recipe.contextLength,
      recipe.evaluationTokens,
    ),
  };
}
