// Samples of a model: text, images, or tokens of its world.

import { z } from 'zod';
import { foldIn, type Key, keyFromSeed, UserError } from '../core/index.ts';
import { openGenerator, type SamplingOptions } from '../eval/index.ts';
import { readCheckedJson } from '../files/checked-json.ts';
import type { Device } from '../tensor/index.ts';
import { drawTokens } from '../worlds/world.ts';
import type { OpenedData } from './data/data.ts';
import type { OpenedModel } from './open-model.ts';

export type SampleOptions = SamplingOptions & {
  readonly seed: number;
  /** Samples to draw. */
  readonly count: number;
  /** Tokens to generate for each; for images, all after the first pixel. */
  readonly tokens: number;
  /** Text to continue, if tokens are text; other sequences start with a training token. */
  readonly prompt?: string | undefined;
};

const ids = z.array(z.int().nonnegative());
const sampleSchema = z.object({
  shows: z.enum(['text', 'image', 'tokens', 'frames']),
  temperature: z.number(),
  topP: z.number().optional(),
  /** Pixels of an image, whose tokens are gray levels. */
  image: z
    .object({ width: z.int().positive(), height: z.int().positive(), levels: z.int().min(2) })
    .optional(),
  items: z.array(
    z.object({
      /** Tokens that were given, and those that the model made. */
      prompt: ids,
      tokens: ids,
      text: z.object({ prompt: z.string(), text: z.string() }).optional(),
    }),
  ),
});

export type Sample = z.infer<typeof sampleSchema>;

/**
 * A sample in a run folder, read back.
 *
 * @throws UserError if the file is damaged
 */
export function readSample(file: string): Sample {
  return readCheckedJson(file, sampleSchema, 'a sample');
}

/** Options of the sample at the end of a run, by what tokens represent. */
export function finalSampleOptions(
  { shows, contextLength }: Pick<OpenedData, 'shows' | 'contextLength'>,
  seed: number,
): SampleOptions {
  switch (shows) {
    case 'text':
      return { seed, count: 1, tokens: 200, temperature: 0.8, topP: 0.95, prompt: 'The ' };
    // Images consist of gray levels away from the mean.
    case 'image':
      return { seed, count: 12, tokens: contextLength, temperature: 1 };
    default:
      return { seed, count: 3, tokens: contextLength, temperature: 0.8, topP: 0.95 };
  }
}

/**
 * Draws samples: pure functions of the options.
 *
 * @throws UserError for a prompt where tokens are no text, another length than an image's, options out of range
 */
export async function drawSamples(
  device: Device,
  { model, state }: OpenedModel,
  data: OpenedData,
  options: SampleOptions,
): Promise<Sample> {
  const { shows, tokenizer } = data;
  const { prompt, tokens, count, seed, temperature, topK, topP } = options;
  if (prompt !== undefined && !tokenizer) {
    throw new UserError('the tokens of these data are not text: there is no prompt for them', {
      hint: 'leave --prompt out',
    });
  }
  if (shows === 'image' && tokens !== data.contextLength) {
    throw new UserError(`an image has ${data.contextLength + 1} pixels, not ${tokens + 1}`, {
      hint: 'leave --tokens out',
    });
  }
  const key = foldIn(keyFromSeed(seed), 'sample');
  const starts = await Promise.all(
    Array.from({ length: count }, (_, i) => startOf(data, prompt, foldIn(key, i), i)),
  );
  const longest = Math.max(1, ...starts.map(({ length }) => length));
  const generator = await openGenerator(device, model, state, { contextLength: longest + tokens });
  const items: Sample['items'] = [];
  try {
    for (const [i, start] of starts.entries()) {
      const made = await generator.generate({
        prompt: start,
        maxTokens: tokens,
        temperature,
        topK,
        topP,
        seed,
        // The first sample equals a generation with the seed only.
        ...(i === 0 ? {} : { key: foldIn(foldIn(keyFromSeed(seed), 'generate'), `sample ${i}`) }),
        ...(tokenizer && tokenizer.endOfText < data.vocabSize
          ? { startToken: tokenizer.endOfText }
          : {}),
      });
      items.push({
        prompt: [...start],
        tokens: [...made],
        ...(tokenizer && { text: { prompt: prompt ?? '', text: tokenizer.decode(made) } }),
      });
    }
  } finally {
    await generator.close();
  }
  const image = shows === 'image' ? imageOf(data, items[0]!) : undefined;
  return {
    shows,
    temperature,
    ...(topP === undefined ? {} : { topP }),
    ...(image && { image }),
    items,
  };
}

function imageOf(
  { world, vocabSize }: OpenedData,
  { prompt, tokens }: Sample['items'][number],
): NonNullable<Sample['image']> {
  const { width, height } = world!.render(world!.decode([...prompt, ...tokens]));
  return { width, height, levels: vocabSize };
}

/** If sequences are not drawn, sample i begins like row i of the first training batch. */
async function startOf(
  { tokenizer, worlds, contextLength, vocabSize, batchSize, batch }: OpenedData,
  prompt: string | undefined,
  key: Key,
  index: number,
): Promise<Int32Array> {
  if (tokenizer) {
    const given = tokenizer.encode(prompt ?? '');
    return given.length > 0 || tokenizer.endOfText < vocabSize ? given : tokenizer.encode('\n');
  }
  if (worlds) return drawTokens(worlds(contextLength).training, key, 0).slice(0, 1);
  const { inputs } = await batch(Math.floor(index / batchSize));
  const at = (index % batchSize) * contextLength;
  return inputs.slice(at, at + 1);
}
