// `primordia sample`: text, tokens or images from a model.

import path from 'node:path';
import type { Command } from 'commander';
import { type ArraySpec, type Tree, UserError } from '../../core/index.ts';
import { openGenerator } from '../../eval/index.ts';
import { ensureDirectory, writeFileAtomic } from '../../files/atomic.ts';
import { loadRunKinds } from '../../plugins/index.ts';
import { openRunDevice } from '../../run/index.ts';
import type { Device } from '../../tensor/index.ts';
import {
  drawSamples,
  openStageModel,
  type Registries,
  type StageModel,
} from '../../training/index.ts';
import {
  addCommonOptions,
  type CommonOptions,
  parseInteger,
  parseNumber,
  parsePositiveInteger,
} from '../common-options.ts';
import { addDeviceOption, type DeviceOptions } from '../device-option.ts';
import { findModel, loadFolder, readPrompt } from '../model-source.ts';
import { createOutput, type Output } from '../output.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';

/** The defaults. */
const TEXT_TOKENS = 200;
const TEXT_TEMPERATURE = 0.8;
const IMAGES = 12;

type SampleOptions = {
  readonly prompt: string;
  readonly tokens?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed: number;
  readonly count?: number;
  readonly out?: string;
  readonly arm?: string;
};

type Options = CommonOptions & DeviceOptions & PluginOptions & SampleOptions;

export function addSample(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('sample')
    .description('write text with a model, or draw images')
    .argument('<dir>', 'folder of a run or a study, or of a model')
    .option(
      '--prompt <text>',
      'text to continue; for a model folder without a tokenizer, token ids; @FILE reads it from a file',
      '',
    )
    .option(
      '--tokens <n>',
      'tokens to write (default: 200, or the length of a sequence)',
      parseInteger,
    )
    .option(
      '--temperature <t>',
      '0 always takes the most probable token (default: 0.8 for text, otherwise 1)',
      parseNumber,
    )
    .option('--top-k <k>', 'only the k most probable tokens', parseInteger)
    .option(
      '--top-p <p>',
      'only the most probable tokens that together have this probability',
      parseNumber,
    )
    .option('--seed <n>', 'the same seed writes the same text', parseInteger, 0)
    .option('--count <n>', 'number of samples (default: 1, or 12 images)', parsePositiveInteger)
    .option('--arm <name>', 'arm of a study (default: the first that has a model)')
    .option('--out <file>', 'PNG file for images (default: in the run’s samples/)')
    .addHelpText(
      'after',
      `
Examples:
  primordia sample runs/quickstart-001 --prompt "My fellow citizens"
  primordia sample runs/smt-chars-001 --prompt "The "
  primordia sample runs/smt-mnist-001 --count 16 --out digits.png
  primordia sample runs/nca-tiny-001/checkpoints/text/step-00000250 --temperature 0
  primordia sample runs/quickstart-001 --arm scratch`,
    );
  addDeviceOption(command, 'cpu');
  addPluginOption(command);
  addCommonOptions(command).action(async (directory: string, options: Options) => {
    const output = createOutput(options);
    const { registries } = await loadRunKinds(directory, options.plugin);
    const place = findModel(directory, { registries, arm: options.arm });
    const device = await openRunDevice({ device: options.device ?? 'cpu', threads: null });
    try {
      if (place.run === null) {
        refuseOptions(options);
        await sampleFolder(device, loadFolder(place.folder, registries), options, output);
      } else await sampleRun(device, { ...place, registries }, options, output);
    } finally {
      await device.close();
    }
    exit(0);
  });
}

/** Samples a model without its data: text if it has a tokenizer, otherwise token ids. */
async function sampleFolder(
  device: Device,
  { model, params: arrays, tokenizer, directory }: ReturnType<typeof loadFolder>,
  options: Options,
  output: Output,
): Promise<void> {
  const prompt = readPrompt(options.prompt);
  const params = await device.createState<Tree<ArraySpec>>(arrays, { transfer: true });
  const promptTokens = tokenizer ? tokenizer.encode(prompt) : parseIds(prompt);
  const maxTokens = options.tokens ?? TEXT_TOKENS;
  const generator = await openGenerator(device, model, params, {
    contextLength: Math.max(1, promptTokens.length) + maxTokens,
  });
  const tokens = await generator.generate({
    prompt: promptTokens,
    startToken: tokenizer?.endOfText,
    maxTokens,
    temperature: options.temperature ?? TEXT_TEMPERATURE,
    topK: options.topK,
    topP: options.topP,
    seed: options.seed,
  });
  const text = tokenizer ? tokenizer.decode(tokens) : [...tokens].join(' ');
  const all = tokenizer ? prompt + text : `${prompt} ${text}`;
  const result = { model: directory, prompt, text, tokens: [...tokens] };
  output.result(result, all, { exact: true });
}

type RunPlace = {
  readonly run: string;
  readonly found: StageModel;
  readonly registries: Registries;
};

/** A run's model on the data that it learned: text, images as a PNG, or tokens. */
async function sampleRun(
  device: Device,
  { run, found, registries }: RunPlace,
  options: Options,
  output: Output,
): Promise<void> {
  const prompt = readPrompt(options.prompt);
  const opened = await openStageModel(device, run, found, registries);
  const { data } = opened;
  const { shows } = data;
  try {
    if (options.out !== undefined && shows !== 'image') {
      throw new UserError('--out is for images; text goes to standard output', {
        hint: 'leave --out out, or use > FILE',
      });
    }
    const isText = shows === 'text';
    const sample = await drawSamples(device, opened, data, {
      seed: options.seed,
      count: options.count ?? (shows === 'image' ? IMAGES : 1),
      tokens: options.tokens ?? (isText ? TEXT_TOKENS : data.contextLength),
      // Text reads better at a temperature below 1; pixels and tasks are sampled at 1.
      temperature: options.temperature ?? (isText ? TEXT_TEMPERATURE : 1),
      topK: options.topK,
      topP: options.topP,
      prompt: prompt === '' ? undefined : prompt,
    });
    const result = { model: found.folder, stage: found.stage, ...sample };
    if (shows === 'image') {
      const file = options.out ?? path.join(run, 'samples', `seed-${options.seed}.png`);
      const { drawImageSheet, encodePng } = await import('../../image/index.ts');
      const images = sample.items.map((item) => [...item.prompt, ...item.tokens]);
      ensureDirectory(path.dirname(file));
      writeFileAtomic(file, encodePng(drawImageSheet(data.world!, images)));
      output.result({ ...result, file }, file);
      return;
    }
    const texts = sample.items.map((item) =>
      item.text ? prompt + item.text.text : [...item.prompt, ...item.tokens].join(' '),
    );
    output.result({ ...result, texts }, texts.join('\n\n'), { exact: true });
  } finally {
    await opened.close();
  }
}

/** The ids of a prompt for a model that comes without a tokenizer. */
function parseIds(prompt: string): Int32Array {
  const words = prompt.split(/\s+/).filter((word) => word !== '');
  const strange = words.find((word) => !/^\d{1,7}$/.test(word));
  if (words.length > 0 && strange === undefined) return Int32Array.from(words, Number);
  throw new UserError(
    strange === undefined
      ? 'the model has no tokenizer.json, and there is no prompt to begin with'
      : `the model has no tokenizer.json, and ${JSON.stringify(strange.slice(0, 40))} is not a token id`,
    { hint: 'give token ids with spaces between them: --prompt "1 5 2"' },
  );
}

/** Refuses options that need a run's data. */
function refuseOptions({ count, out }: Options): void {
  const given = [count !== undefined && '--count', out !== undefined && '--out'].find(Boolean);
  if (!given) return;
  throw new UserError(`${given} is for the folder of a run`, {
    hint: 'from a model folder, one text is written to standard output: leave it out',
  });
}
