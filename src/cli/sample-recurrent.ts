// What `sample` does with a recurrent network: text, tokens, or images as a PNG.

import path from 'node:path';
import { UserError } from '../core/index.ts';
import { ensureDirectory, writeFileAtomic } from '../files/atomic.ts';
import { drawSamples, loadNetwork, openNetwork, textOf } from '../recurrent/index.ts';
import { openDevice } from '../tensor/index.ts';
import { readPrompt } from './model-source.ts';
import type { Output } from './output.ts';

export type SampleOptions = {
  readonly prompt: string;
  readonly tokens?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed: number;
  readonly count?: number;
  readonly out?: string;
};

/** Where the user says nothing, of transformers too. */
export const TEXT_TOKENS = 200;
export const TEXT_TEMPERATURE = 0.8;
const IMAGES = 12;

/** Draws from the newest network of a run. */
export async function sampleRecurrent(
  directory: string,
  options: SampleOptions,
  output: Output,
): Promise<void> {
  const network = loadNetwork(directory, (text) => output.say(`warning: ${text}`));
  const { prepared, checkpoint } = network;
  const { shows } = prepared.task;
  const prompt = readPrompt(options.prompt);
  const given = new TextEncoder().encode(prompt).length;
  const image = shows === 'image';
  const text = shows === 'text';
  if (image && options.tokens !== undefined) {
    throw new UserError('an image has as many tokens as pixels', { hint: 'leave --tokens out' });
  }
  // A sequence that is no text begins with one token that is given.
  const length = text
    ? Math.max(1, given) + (options.tokens ?? TEXT_TOKENS)
    : image || options.tokens === undefined
      ? prepared.time + 1
      : options.tokens + 1;
  if (!image && options.out !== undefined) {
    throw new UserError('--out is for images; text goes to standard output', {
      hint: 'leave --out out, or use > FILE',
    });
  }
  const device = openDevice();
  try {
    const generator = await openNetwork(device, network);
    const sample = await drawSamples(generator, prepared, {
      ...{ seed: options.seed, length, count: options.count ?? (image ? IMAGES : 1) },
      // Text reads better a little sharper than the model is; pixels and tasks are drawn as they are.
      temperature: options.temperature ?? (text ? TEXT_TEMPERATURE : 1),
      ...{ topK: options.topK, topP: options.topP },
      prompt: prompt === '' ? undefined : prompt,
    });
    await generator.close();
    const result = { model: checkpoint, ...sample };
    if (image) {
      const file = options.out ?? path.join(directory, 'samples', `seed-${options.seed}.png`);
      const { drawImageSheet, encodePng } = await import('../image/index.ts');
      ensureDirectory(path.dirname(file));
      writeFileAtomic(file, encodePng(drawImageSheet(prepared.worlds.training, sample.tokens)));
      output.result({ ...result, file }, file);
      return;
    }
    const write = (tokens: readonly number[]) =>
      text ? textOf(prompt === '' ? tokens.slice(sample.given) : tokens) : tokens.join(' ');
    const texts = sample.tokens.map(write);
    output.result({ ...result, texts }, texts.join('\n\n'), { exact: true });
  } finally {
    await device.close();
  }
}
