// Loss, perplexity and accuracy of a model on batches of tokens.

import { UserError } from '../core/index.ts';
import type { Model } from '../nn/index.ts';
import type { Device } from '../tensor/tracing.ts';
import type { ParamState, PickedParams } from './model-state.ts';
import { requireTokenIds } from './token-ids.ts';
import { type LossSizes, openTokenLosses, type TokenLosses } from './token-losses.ts';

export type EvaluatorOptions = {
  /** Sequences per batch. */
  readonly batchSize: number;
  /** Tokens per sequence; by default, and at most, the model's context length, if it has one. */
  readonly contextLength?: number | undefined;
  /** Earlier positions are not counted; by default 0. */
  readonly firstPosition?: number | undefined;
};

/** Sequences and what follows each token of them, int32 `[batchSize · contextLength]`, row-major. */
export type EvaluationBatch = {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** Nonzero for targets that count, in the layout of `targets`; by default all count. */
  readonly mask?: Uint8Array | undefined;
};

/** Means over all targets that count. */
export type TokenEvaluation = {
  /** Nats per token. */
  readonly loss: number;
  /** e^loss. */
  readonly perplexity: number;
  /** Share of targets that were the most probable token, 0..1. */
  readonly accuracy: number;
  /** Targets counted. */
  readonly tokens: number;
  /** Mean loss by position in the sequence, `[contextLength − firstPosition]`; NaN where no target counts. */
  readonly lossByPosition: Float64Array;
  /** Accuracy by position, likewise. */
  readonly accuracyByPosition: Float64Array;
};

/** A perplexity for display. Above a million its digits mean nothing: the model has hardly learned, or it is the wrong one. */
export function formatPerplexity(perplexity: number): string {
  return perplexity > 1e6 ? '> 1e6' : perplexity.toFixed(3);
}

/** A compiled evaluation, for any parameters of one model; `close` it when done. */
export type Evaluator<P> = LossSizes & {
  readonly vocabSize: number;
  /**
   * Sums are kept in float64, so the order of batches has practically no effect.
   *
   * @throws UserError for a batch of another size, ids outside the vocabulary, or nothing to count
   */
  evaluate(
    params: ParamState<P> | PickedParams<P>,
    batches: Iterable<EvaluationBatch>,
  ): Promise<TokenEvaluation>;
  /** Frees the compiled program. */
  close(): Promise<void>;
};

/**
 * Compiles the losses of a model for batches of one size.
 *
 * @param among specs of parameters that contain the model's, if the evaluated ones do
 * @throws UserError for sizes that do not go together
 */
export async function openEvaluator<P, S>(
  device: Device,
  model: Model<P, S>,
  options: EvaluatorOptions,
  among?: PickedParams<P>,
): Promise<Evaluator<P>> {
  const sizes = resolveSizes(model.contextLength, options);
  const { batchSize, contextLength, firstPosition } = sizes;
  const { vocabSize } = model;
  const program = await openTokenLosses(device, model, sizes, among);
  return {
    vocabSize,
    ...sizes,
    evaluate: async (params, batches) => {
      const sums = emptySums(contextLength - firstPosition);
      for (const batch of batches) {
        checkBatch(batch, batchSize * contextLength, vocabSize);
        addBatch(sums, batch, await program.run(params, batch), sizes);
      }
      return summarize(sums);
    },
    close: () => program.close(),
  };
}

/**
 * Evaluates once: `openEvaluator`, `evaluate`, `close`.
 *
 * @throws UserError as these do
 */
export async function evaluateTokens<P, S>(
  device: Device,
  model: Model<P, S>,
  params: ParamState<P>,
  batches: Iterable<EvaluationBatch>,
  options: EvaluatorOptions,
): Promise<TokenEvaluation> {
  const evaluator = await openEvaluator(device, model, options);
  try {
    return await evaluator.evaluate(params, batches);
  } finally {
    await evaluator.close();
  }
}

function resolveSizes(longest: number | null, options: EvaluatorOptions): LossSizes {
  const { batchSize, contextLength = longest ?? undefined, firstPosition = 0 } = options;
  if (contextLength === undefined) {
    throw new UserError('evaluation: the model takes any length, and contextLength is not given', {
      hint: 'give the contextLength of the batches',
    });
  }
  const isWhole = [batchSize, contextLength, firstPosition].every(Number.isSafeInteger);
  if (!isWhole || batchSize < 1 || contextLength < 1 || firstPosition < 0) {
    throw new UserError(
      `evaluation: batchSize ${batchSize}, contextLength ${contextLength} and firstPosition ` +
        `${firstPosition} must be whole numbers, the first two at least 1`,
    );
  }
  if (longest !== null && contextLength > longest) {
    throw new UserError(
      `evaluation: contextLength ${contextLength} is longer than the model's, ${longest}`,
    );
  }
  if (firstPosition >= contextLength) {
    throw new UserError(
      `evaluation: firstPosition ${firstPosition} leaves nothing of ${contextLength} positions`,
    );
  }
  return { batchSize, contextLength, firstPosition };
}

function checkBatch(batch: EvaluationBatch, size: number, vocabSize: number): void {
  for (const name of ['inputs', 'targets', 'mask'] as const) {
    const length = batch[name]?.length ?? size;
    if (length !== size) {
      throw new UserError(
        `evaluation: ${name} of a batch has ${length} entries, the evaluator was opened for ${size}`,
      );
    }
  }
  requireTokenIds(batch.inputs, vocabSize, 'evaluation: inputs of a batch');
  requireTokenIds(batch.targets, vocabSize, 'evaluation: targets of a batch');
}

/** Totals by position. */
type Sums = {
  readonly losses: Float64Array;
  readonly hits: Float64Array;
  readonly counts: Float64Array;
};

function emptySums(positions: number): Sums {
  return {
    losses: new Float64Array(positions),
    hits: new Float64Array(positions),
    counts: new Float64Array(positions),
  };
}

/** Adds a batch; losses and predictions are `[batchSize, contextLength − firstPosition]`. */
function addBatch(
  sums: Sums,
  { targets, mask }: EvaluationBatch,
  { losses, predictions }: TokenLosses,
  { batchSize, contextLength, firstPosition }: LossSizes,
): void {
  const positions = contextLength - firstPosition;
  for (let row = 0; row < batchSize; row++) {
    for (let i = 0; i < positions; i++) {
      const target = row * contextLength + firstPosition + i;
      if (mask && mask[target] === 0) continue;
      const at = row * positions + i;
      sums.losses[i]! += losses[at]!;
      sums.hits[i]! += Number(predictions[at]) === targets[target] ? 1 : 0;
      sums.counts[i]! += 1;
    }
  }
}

function summarize({ losses, hits, counts }: Sums): TokenEvaluation {
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
  const tokens = total(counts);
  if (tokens === 0) throw new UserError('evaluation: the batches have no targets');
  const loss = total(losses) / tokens;
  return {
    loss,
    perplexity: Math.exp(loss),
    accuracy: total(hits) / tokens,
    tokens,
    lossByPosition: losses.map((sum, i) => sum / counts[i]!),
    accuracyByPosition: hits.map((sum, i) => sum / counts[i]!),
  };
}
