// A corpus becomes token shards in a folder, once; from then on only the folder is used.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../core/index.ts';
import { ensureDirectory, writeFileAtomic } from '../../files/atomic.ts';
import { readSealedJson, writeSealedJson } from '../../files/sealed-json.ts';
import {
  createBpeTokenizer,
  createByteTokenizer,
  describeCounts,
  hashTokenizer,
  readCorpus,
  readDefaultCorpus,
  readShards,
  readTokenizerJson,
  splitCorpus,
  streamTokens,
  type Tokenizer,
  type TokenStream,
  tokenizeDocuments,
  trainBpe,
  writeShards,
} from '../../text/index.ts';
import { corpusOptions, heldOutShare } from './corpus-options.ts';

const tokenizer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('byte') }),
  z.strictObject({
    kind: z.literal('bpe'),
    vocabSize: z
      .int()
      .positive()
      .max(2 ** 20)
      .default(1024)
      .describe('Size of the vocabulary that is learned from the text, including the 256 bytes.'),
  }),
  z.strictObject({
    kind: z.literal('file'),
    path: z.string().describe("Path of a tokenizer.json in Hugging Face's format."),
  }),
]);

/** Options that decide the tokens of a text. */
export const corpusTextOptions = {
  corpus: z.strictObject(corpusOptions).prefault({}).describe('Where the text is read from.'),
  tokenizer: tokenizer
    .prefault({ kind: 'byte' })
    .describe(
      "How text becomes tokens: bytes ('byte'), byte-pair encoding learned from the text ('bpe'), or a tokenizer in a file ('file').",
    ),
  validationFraction: heldOutShare.describe('Share of the documents that is held out.'),
};

const corpusText = z.strictObject(corpusTextOptions);
export type CorpusText = z.output<typeof corpusText>;

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

/** How much text was read from files; null if it is the default corpus. */
export function describeText(info: TextInfo): string | null {
  const { files, documents = 0, nullDocuments = 0, blankDocuments = 0 } = info;
  if (files === undefined) return null;
  return describeCounts(documents, { files, nullDocuments, blankDocuments });
}

/** A tokenized text. */
export type PreparedText = {
  readonly info: TextInfo;
  readonly tokenizer: Tokenizer;
  readonly train: TokenStream;
  readonly validation: TokenStream;
};

/** Whether a folder's text is prepared, to the end. */
export function hasText(folder: string): boolean {
  return existsSync(path.join(folder, 'info.json'));
}

type Tokenized = Pick<PreparedText, 'tokenizer'> & {
  readonly info: Omit<TextInfo, 'trainTokens' | 'validationTokens'>;
  readonly train: readonly string[];
  readonly validation: readonly string[];
};

function readTexts(options: CorpusText, seed: number, place: string): Tokenized {
  const { files, field, column } = options.corpus;
  // How field and column are chosen, in errors.
  const settings = {
    field: `${place}.corpus.field=NAME in the recipe, --text-field NAME after --text`,
    column: `${place}.corpus.column=NAME in the recipe, --text-column NAME after --text`,
  };
  const read = files.length > 0 ? readCorpus(files, { field, column, settings }) : null;
  const corpus = read ?? readDefaultCorpus();
  const { validationFraction } = options;
  const { train, validation } = splitCorpus(corpus, { validationFraction, seed });
  const bytes = (documents: readonly string[]) =>
    documents.reduce((sum, document) => sum + Buffer.byteLength(document), 0);
  return {
    tokenizer: createTokenizer(options, train),
    train,
    validation,
    info: {
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
    },
  };
}

/**
 * Reads, splits and tokenizes the corpus into `folder`. A finished text in it is used as it is, so a
 * resumed run has the same text even if the corpus has changed since.
 *
 * @param place the place of this text in the recipe, for messages
 */
export function prepareText(
  folder: string,
  options: CorpusText,
  seed: number,
  place: string,
): void {
  if (hasText(folder)) return;
  const { info, tokenizer, train, validation } = readTexts(options, seed, place);
  ensureDirectory(folder, { parents: 1 });
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
  const whole: TextInfo = {
    ...info,
    trainTokens: write('train', train),
    validationTokens: write('validation', validation),
  };
  writeFileAtomic(path.join(folder, 'tokenizer.json'), JSON.stringify(tokenizer.toJson()));
  writeSealedJson(path.join(folder, 'info.json'), whole);
}

/** The text that `prepareText` would write into a folder, in memory. */
export function tokenizeText(options: CorpusText, seed: number, place: string): PreparedText {
  const { info, tokenizer, train, validation } = readTexts(options, seed, place);
  const streams = [train, validation].map((documents) =>
    streamTokens(tokenizeDocuments(tokenizer, documents)),
  );
  const [trainTokens, validationTokens] = streams.map(({ length }) => length) as [number, number];
  return {
    info: { ...info, trainTokens, validationTokens },
    tokenizer,
    train: streams[0]!,
    validation: streams[1]!,
  };
}

function createTokenizer({ tokenizer }: CorpusText, documents: readonly string[]): Tokenizer {
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

/**
 * The text of a folder.
 *
 * @throws UserError if it is not what was prepared
 */
export function readText(folder: string): PreparedText {
  const tokenizer = readTokenizerJson(path.join(folder, 'tokenizer.json'));
  // A run must continue with the text that it has learned from so far.
  const options = { verifyHashes: true, tokenizerSha256: hashTokenizer(tokenizer) };
  const train = readShards(path.join(folder, 'train'), options);
  const validation = readShards(path.join(folder, 'validation'), options);
  return { info: readTextInfo(folder), tokenizer, train, validation };
}
