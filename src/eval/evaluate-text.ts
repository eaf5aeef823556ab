// Perplexity and bits per byte of a model on text.

import { UserError } from '../core/index.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { ParamState } from './model-state.ts';
import type { EvaluationBatch, Evaluator } from './perplexity.ts';
import type { LossSizes } from './token-losses.ts';

export type TextEvaluation = {
  /** Nats per token. */
  readonly loss: number;
  /** e^loss, per token: comparable only between models with the same tokenizer. */
  readonly perplexity: number;
  /** Total bits over the text's UTF-8 bytes: comparable between tokenizers. */
  readonly bitsPerByte: number;
  /** Share of tokens that were the most probable one, 0..1. */
  readonly accuracy: number;
  /** Tokens of the text; each was predicted once. */
  readonly tokens: number;
  /** UTF-8 bytes of the text. */
  readonly bytes: number;
};

/**
 * Evaluates documents one by one. The first token of a document is predicted from end-of-text, and every token is predicted
 * exactly once, in consecutive windows of the evaluator's context length. Of the window before, a window sees only the last
 * token. The end of a document is not predicted.
 *
 * @throws UserError for text without a token, an evaluator that skips positions, or a tokenizer whose
 *   ids lie outside the model's vocabulary
 */
export async function evaluateText<P>(
  evaluator: Evaluator<P>,
  params: ParamState<P>,
  tokenizer: Tokenizer,
  documents: Iterable<string>,
  {
    onProgress,
  }: {
    /** Is called before each batch with the approximate number of bytes evaluated. */
    readonly onProgress?: (bytes: number) => void;
  } = {},
): Promise<TextEvaluation> {
  if (evaluator.firstPosition !== 0) {
    throw new UserError(
      `text: the evaluator skips the first ${evaluator.firstPosition} positions of each window`,
      { hint: 'open it with firstPosition 0' },
    );
  }
  const encoder = new TextEncoder();
  let bytes = 0;
  let encoded = 0;
  function* sequences(): Generator<Int32Array> {
    for (const document of documents) {
      const ids = tokenizer.encode(document);
      bytes += encoder.encode(document).length;
      encoded += ids.length;
      yield ids;
    }
  }
  function* reported(batches: Iterable<Batch>) {
    let evaluated = 0;
    for (const batch of batches) {
      onProgress?.(Math.round((bytes * evaluated) / encoded));
      yield batch;
      for (const counts of batch.mask) evaluated += counts;
    }
    onProgress?.(bytes);
  }
  const batches = packWindows(sequences(), evaluator, tokenizer.endOfText);
  const first = batches.next();
  if (first.done) throw new UserError('text: the text to evaluate is empty');
  const { loss, perplexity, accuracy, tokens } = await evaluator.evaluate(
    params,
    reported(prepend(first.value, batches)),
  );
  const bitsPerByte = (loss * tokens) / (Math.LN2 * bytes);
  return { loss, perplexity, bitsPerByte, accuracy, tokens, bytes };
}

type Batch = EvaluationBatch & { readonly mask: Uint8Array };

function* prepend<T>(first: T, rest: Iterable<T>): Generator<T> {
  yield first;
  yield* rest;
}

/** Windows of all sequences in batches; unused places of a window or of the last batch are masked. */
function* packWindows(
  sequences: Iterable<Int32Array>,
  { batchSize, contextLength }: LossSizes,
  endOfText: number,
): Generator<Batch> {
  const size = batchSize * contextLength;
  const emptyBatch = () => ({
    inputs: new Int32Array(size).fill(endOfText),
    targets: new Int32Array(size).fill(endOfText),
    mask: new Uint8Array(size),
  });
  let batch = emptyBatch();
  let row = 0;
  for (const tokens of sequences) {
    for (let start = 0; start < tokens.length; start += contextLength) {
      const targets = tokens.subarray(start, start + contextLength);
      const at = row * contextLength;
      batch.targets.set(targets, at);
      batch.mask.fill(1, at, at + targets.length);
      // Inputs are the targets shifted by one token, with end-of-text first.
      if (start > 0) batch.inputs[at] = tokens[start - 1]!;
      batch.inputs.set(targets.subarray(0, -1), at + 1);
      row += 1;
      if (row < batchSize) continue;
      yield batch;
      batch = emptyBatch();
      row = 0;
    }
  }
  if (row > 0) yield batch;
}
