// What `sample` does with a recurrent network: text, tokens, or images as a PNG.

import path from 'node:path';
import { UserError } from '../core/index.ts';
import { ensureDirectory, writeFileAtomic } from '../files/atomic.ts';
import { drawSamples, drawSheet, loadNetwork, openNetwork, textOf } from '../recurrent/index.ts';
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

const TEXT_TOKENS = 200;
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
  const length = text
    ? Math.max(1, given) + (options.tokens ?? TEXT_TOKENS)
    : (options.tokens ?? prepared.time + 1);
  if (!image && options.out !== undefined) {
    throw new UserError('--out is for images; text goes to standard output', {
      hint: 'leave --out out, or use > FILE',
    });
  }
  const device = openDevice();
  try {
    const rollout = await openNetwork(device, network);
    const sample = await drawSamples(rollout, prepared, {
      ...{ seed: options.seed, length, count: options.count ?? (image ? IMAGES : 1) },
      // Text reads better a little sharper than the model is; pixels and tasks are drawn as they are.
      temperature: options.temperature ?? (text ? 0.8 : 1),
      ...{ topK: options.topK, topP: options.topP },
      prompt: prompt === '' ? undefined : prompt,
    });
    await rollout.close();
    const result = { model: checkpoint, ...sample };
    if (image) {
      const file = options.out ?? path.join(directory, 'samples', `seed-${options.seed}.png`);
      const { encodePng } = await import('../report/png.ts');
      ensureDirectory(path.dirname(file));
      writeFileAtomic(file, encodePng(drawSheet(prepared, sample.tokens)));
      output.result({ ...result, file }, file);
      return;
    }
    const write = (tokens: readonly number[]) =>
      text ? textOf(prompt === '' ? tokens.slice(sample.given) : tokens) : tokens.join(' ');
    const texts = sample.tokens.map(write);
    output.result({ ...result, texts }, texts.join('\n\n'));
  } finally {
    await device.close();
  }
}
