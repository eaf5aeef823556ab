// What recipes of every kind have in common: the optimizer, checkpoints, the engine.

import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { count } from '../nn/models/count.ts';

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
const fraction = z.number().min(0).max(1);
/** At 1 a moment would never take anything in. */
const beta = z.number().min(0).lt(1);

const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), warmup: fraction.default(0) }),
  z.strictObject({
    kind: z.literal('cosine'),
    warmup: fraction.default(0.1),
    final: fraction.default(0.05),
  }),
  z
    .strictObject({
      kind: z.literal('warmup-stable-decay'),
      warmup: fraction.default(0.1),
      decay: fraction.default(0.2),
      final: fraction.default(0),
    })
    .refine(({ warmup, decay }) => warmup + decay <= 1, 'warmup and decay together exceed 1'),
]);

/** AdamW, clipping and the learning rate's shape. */
export const optimizerSchema = z.strictObject({
  /** Peak learning rate. */
  learningRate: z.number().positive().default(1e-3),
  betas: z.tuple([beta, beta]).default([0.9, 0.95]),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().nonnegative().default(0),
  /** What decays: parameters with two or more axes (not gains, not biases), or all. */
  decay: z.enum(['matrices', 'all']).default('matrices'),
  /** Largest global norm of the gradients; 0 does not clip. */
  clipNorm: z.number().nonnegative().default(1),
  schedule: schedule.prefault({ kind: 'cosine' }),
});

export const checkpointSchema = z.strictObject({
  everySteps: count.default(100),
  /** Checkpoints kept a stage. */
  keepLast: count.default(2),
});

export const engineSchema = z.strictObject({
  target: z.enum(['cpu', 'webgpu', 'cuda']).default('cpu'),
  /** Threads of one operation; null takes all processors. */
  threads: count.nullable().default(null),
});
