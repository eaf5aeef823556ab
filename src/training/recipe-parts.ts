// What recipes have in common: sizes within bounds, checkpoints, the engine.

import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { count } from '../nn/models/count.ts';
import { DEVICE_NAMES, PRECISIONS } from '../tensor/index.ts';

export { count };

/** Sizes of what is held in memory at a time. */
export const size = z
  .int()
  .positive()
  .max(2 ** 24);

/** Tokens of a batch that is computed at a time; the activations take some thousand times as many bytes. */
const MAX_BATCH_TOKENS = 2 ** 24;

/** Tokens of all batches of a step, which are drawn at a time: 4 bytes each as inputs, and as targets. */
const MAX_STEP_TOKENS = 2 ** 26;

type BatchSizes = {
  readonly batchSize: number;
  readonly contextLength: number;
  /** Batches per step, one after the other. */
  readonly accumulate?: number;
};

/**
 * @throws UserError where the sequences of a batch have more tokens than any memory holds activations for, or the
 *   batches of a step more than are drawn at a time
 */
export function requireBatchFits(
  place: string,
  { batchSize, contextLength, accumulate = 1 }: BatchSizes,
): void {
  const stepTokens = batchSize * contextLength * accumulate;
  if (batchSize * contextLength <= MAX_BATCH_TOKENS && stepTokens <= MAX_STEP_TOKENS) return;
  if (batchSize * contextLength <= MAX_BATCH_TOKENS) {
    throw new UserError(
      `${place}: a step of batchSize times accumulate times contextLength is ${stepTokens.toLocaleString('en-US')} tokens, too many`,
      {
        hint: `at most ${MAX_STEP_TOKENS.toLocaleString('en-US')}: accumulate fewer batches per step, and take more steps`,
      },
    );
  }
  const tokens = (batchSize * contextLength).toLocaleString('en-US');
  throw new UserError(
    `${place}: batchSize times contextLength is ${tokens} tokens, too many at a time`,
    {
      hint: `at most ${MAX_BATCH_TOKENS.toLocaleString('en-US')}: take a smaller batchSize, or a shorter context`,
    },
  );
}

/** `checkpoint` of a recipe. */
export const checkpointSchema = z.strictObject({
  everySteps: count
    .default(100)
    .describe('Steps between checkpoints; one is always written at the end of a stage.'),
  keepLast: count.default(2).describe('Number of checkpoints kept per stage.'),
});

/** `engine` of a recipe. */
export const engineSchema = z.strictObject({
  device: z
    .union([z.enum(DEVICE_NAMES), z.templateLiteral(['xla:', z.string().min(1)])])
    .default('cpu')
    .describe(
      'Device that computes: cpu, webgpu or cuda through onnxruntime; xla:cpu, xla:cuda or xla:PATH through a PJRT plugin.',
    ),
  threads: count
    .nullable()
    .default(null)
    .describe('Threads per operation; null uses all processors.'),
  mesh: z
    .strictObject({
      data: size
        .default(1)
        .describe('Devices over which the rows of a batch are spread; each holds the whole model.'),
      model: size
        .default(1)
        .describe(
          'Devices over which attention heads, columns of MLPs and the vocabulary are spread.',
        ),
    })
    .nullable()
    .default(null)
    .describe('Several devices of XLA, data × model in number; null uses a single one.'),
  shard: z
    .boolean()
    .default(false)
    .describe(
      "Whether parameters and the optimizer's moments are also spread over the mesh's data devices, which takes less memory and more communication.",
    ),
  precision: z
    .enum(PRECISIONS)
    .default('float32')
    .describe(
      'Rounding of matrix products: bfloat16 rounds their factors, and the activations that layers pass on; sums, softmax, losses, parameters and moments stay float32. Only for devices of XLA; meant for GPUs.',
    ),
});

export type EngineOptions = z.output<typeof engineSchema>;
