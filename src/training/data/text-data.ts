// A text as training data: windows of its tokens, in random order or as streams that continue from step to step.

import { closeSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { foldIn, type Key, UserError } from '../../core/index.ts';
import { openRegularFile } from '../../files/read-file.ts';
import {
  createByteTokenizer,
  evaluationBatches,
  listTextFiles,
  readTokenizerJson,
  sampleBatch,
  streamBatch,
} from '../../text/index.ts';
import { type DataContext, DEFAULT_CONTEXT_LENGTH, defineData, type OpenedData } from './data.ts';
import {
  corpusTextOptions,
  describeText,
  hasText,
  type PreparedText,
  prepareText,
  readText,
  tokenizeText,
} from './prepare-text.ts';
import { requireRecord } from './require-record.ts';

/** Options that decide which tokens are seen, and when, besides those that decide the tokens. */
const textOrderOptions = {
  evaluationTokens: z
    .int()
    .positive()
    .max(2 ** 30)
    .default(32_768)
    .describe('Held-out tokens per evaluation, in windows spread over the held-out text.'),
  skipBatches: z
    .int()
    .nonnegative()
    .default(0)
    .describe(
      'Batches to skip at the start, so that two stages on the same text see different ones.',
    ),
};

const order = z
  .enum(['independent', 'stream'])
  .default('independent')
  .describe(
    "'independent': windows in random order. 'stream': each row of a batch continues where it ended in the batch before, for truncated backpropagation through time.",
  );

const options = z.strictObject({ ...corpusTextOptions, ...textOrderOptions, order });

type TextOrder = Pick<z.output<typeof options>, 'evaluationTokens' | 'skipBatches' | 'order'>;
type Sizes = Pick<OpenedData, 'contextLength' | 'batchSize'>;

/**
 * Batches of a text: pure functions of the key.
 *
 * @throws UserError if there is less text than a window, or for streams than a batch of windows
 */
function openText(
  prepared: PreparedText,
  { evaluationTokens, skipBatches, order }: TextOrder,
  { contextLength, batchSize }: Sizes,
  key: Key,
) {
  const { train, validation, tokenizer, info } = prepared;
  if (validation.length <= contextLength || train.length <= contextLength) {
    throw new UserError(
      `the text is too short: ${train.length} training and ${validation.length} held-out tokens ` +
        `for a context of ${contextLength}`,
      { hint: 'give more text, or lower contextLength' },
    );
  }
  const orderKey = foldIn(key, 'order');
  const draw = order === 'stream' ? streamBatch : sampleBatch;
  const batch = (step: number) =>
    draw(train, orderKey, skipBatches + step, batchSize, contextLength);
  // Too few tokens for streams are found before anything is trained.
  if (order === 'stream') batch(0);
  return {
    ...textFacts(tokenizer.vocabSize, order, { contextLength, batchSize }),
    shows: 'text' as const,
    tokenizer,
    info,
    batch,
    heldOut: evaluationBatches(validation, batchSize, contextLength, evaluationTokens),
    close: async () => {},
  } satisfies OpenedData;
}

function textFacts(vocabSize: number, order: TextOrder['order'], sizes: Sizes) {
  return { vocabSize, firstPosition: 0, order, weighted: false, ...sizes };
}

const sizesOf = ({ contextLength, batchSize }: DataContext): Sizes => ({
  contextLength: contextLength ?? DEFAULT_CONTEXT_LENGTH,
  batchSize,
});

/** Windows of a tokenized text. */
export const text = defineData({
  kind: 'text',
  source: 'documents in files, or the corpus that comes with the package',
  description: 'Windows of a tokenized text; whole documents are held out.',
  options,
  open(given, context) {
    const { directory, seed, place } = context;
    const known = directory !== null && hasText(directory);
    const opened = openText(prepare(), given, sizesOf(context), context.key);
    const read = known ? null : describeText(opened.info);
    return { ...opened, ...(read !== null && { read: `${place}: ${read}` }) };

    function prepare(): PreparedText {
      if (directory === null) return tokenizeText(given, seed, place);
      if (context.begun) requireRecord(path.join(directory, 'info.json'), 'the text');
      prepareText(directory, given, seed, place);
      return readText(directory);
    }
  },
  glance({ corpus, tokenizer, order }, context) {
    const { directory } = context;
    // If the text is already prepared, its files are no longer needed.
    const files = directory !== null && hasText(directory) ? [] : corpus.files;
    for (const file of files.flatMap(listTextFiles)) {
      closeSync(openRegularFile(file).descriptor);
    }
    const vocabSize =
      tokenizer.kind === 'bpe'
        ? tokenizer.vocabSize
        : tokenizer.kind === 'file'
          ? readTokenizerJson(tokenizer.path).vocabSize
          : createByteTokenizer().vocabSize;
    return textFacts(vocabSize, order, sizesOf(context));
  },
});
