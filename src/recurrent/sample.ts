// What a finished network writes: text, images, or tokens of its task.

import { z } from 'zod';
import { foldIn, keyFromSeed, UserError } from '../core/index.ts';
import type { SamplingOptions, TokenGenerator } from '../eval/index.ts';
import { readCheckedJson } from '../files/checked-json.ts';
import { drawTokens } from '../worlds/world.ts';
import { type PreparedRecurrent, rolloutLength } from './prepare.ts';

export type RecurrentSampleOptions = SamplingOptions & {
  readonly seed: number;
  /** Samples to draw. */
  readonly count: number;
  /** Tokens of each with the prompt; of images all pixels. */
  readonly length: number;
  /** Text to begin with, where tokens are text; else the first token of a training sequence is. */
  readonly prompt?: string | undefined;
};

export type RecurrentSample = {
  readonly shows: 'text' | 'image' | 'tokens';
  readonly temperature: number;
  /** Tokens that were given at the beginning of each. */
  readonly given: number;
  readonly tokens: readonly (readonly number[])[];
};

const sampleSchema = z.object({
  shows: z.enum(['text', 'image', 'tokens']),
  temperature: z.number(),
  given: z.int().nonnegative(),
  tokens: z.array(z.array(z.int().nonnegative())),
});

/**
 * A sample in a run folder, read back.
 *
 * @throws UserError where the file is damaged, or holds tokens outside of the vocabulary
 */
export function readSample(file: string, vocabSize: number): RecurrentSample {
  const sample = readCheckedJson(file, sampleSchema, 'a sample');
  const outside = sample.tokens.flat().find((token) => token >= vocabSize);
  if (outside === undefined) return sample;
  throw new UserError(`${file} holds token ${outside}, outside the ${vocabSize} ids`);
}

const DEFAULT_PROMPT = '\n';
const FINAL = { seed: 0, temperature: 0.8, topP: 0.95 };

/** The sample that a run ends with. */
export function drawSample(
  generator: TokenGenerator,
  prepared: PreparedRecurrent,
): Promise<RecurrentSample> {
  const image = prepared.task.shows === 'image';
  const text = prepared.task.shows === 'text';
  const length = text ? Math.max(400, rolloutLength(prepared)) : prepared.time + 1;
  const { seed } = prepared.recipe;
  return drawSamples(generator, prepared, {
    ...{ ...FINAL, seed, length, count: image ? 12 : text ? 1 : 3 },
    // Gray levels away from the mean are what an image is made of.
    ...(image ? { temperature: 1, topP: 1 } : {}),
  });
}

/**
 * Draws samples: pure functions of the options.
 *
 * @throws UserError for a prompt where tokens are no text, another length than an image's, options out of range
 */
export async function drawSamples(
  generator: TokenGenerator,
  prepared: PreparedRecurrent,
  options: RecurrentSampleOptions,
): Promise<RecurrentSample> {
  const { task } = prepared;
  const { prompt, length, count, seed } = options;
  if (prompt !== undefined && task.shows !== 'text') {
    throw new UserError(`the task's tokens are no text: there is no prompt for them`, {
      hint: 'leave --prompt out',
    });
  }
  if (task.sequenceLength !== undefined && length !== task.sequenceLength) {
    throw new UserError(`an image of this task has ${task.sequenceLength} pixels, not ${length}`, {
      hint: 'leave --tokens out',
    });
  }
  const key = foldIn(keyFromSeed(seed), 'sample');
  const tokens: number[][] = [];
  let given = 1;
  for (let i = 0; i < count; i++) {
    const own = foldIn(key, i);
    const start =
      task.shows === 'text'
        ? [...new TextEncoder().encode(prompt || DEFAULT_PROMPT)]
        : [drawTokens(prepared.worlds.training, own, 0)[0]!];
    given = start.length;
    const made = await generator.generate({
      ...{ ...options, prompt: Int32Array.from(start), key: own },
      maxTokens: Math.max(0, length - given),
    });
    tokens.push([...start, ...made]);
  }
  const { temperature } = options;
  return { shows: task.shows, temperature, given, tokens };
}

/** Bytes as text; what is no UTF-8 becomes a replacement character. */
export function textOf(tokens: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(tokens));
}
