// `primordia sample`: text, tokens or images from a model.

import type { Command } from 'commander';
import { type ArraySpec, type Tree, UserError } from '../../core/index.ts';
import { openGenerator } from '../../eval/index.ts';
import { isRecurrentFolder } from '../../recurrent/index.ts';
import { openDevice } from '../../tensor/index.ts';
import {
  addCommonOptions,
  type CommonOptions,
  parseInteger,
  parseNumber,
  parsePositiveInteger,
} from '../common-options.ts';
import { loadAnyModel, readPrompt } from '../model-source.ts';
import { createOutput } from '../output.ts';
import {
  type SampleOptions,
  sampleRecurrent,
  TEXT_TEMPERATURE,
  TEXT_TOKENS,
} from '../sample-recurrent.ts';

type Options = CommonOptions & SampleOptions;

export function addSample(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('sample')
    .description('write text with a model, or draw images')
    .argument('<dir>', 'folder of a run, or of a model')
    .option(
      '--prompt <text>',
      'text to continue, or token ids where a model has no tokenizer; @FILE reads it from a file',
      '',
    )
    .option('--tokens <n>', 'tokens to write (default: 200, or what a sequence has)', parseInteger)
    .option(
      '--temperature <t>',
      '0 takes the most probable token always (default: 0.8 for text, else 1)',
      parseNumber,
    )
    .option('--top-k <k>', 'only the k most probable tokens', parseInteger)
    .option('--top-p <p>', 'only the smallest set of tokens with this mass', parseNumber)
    .option('--seed <n>', 'the same seed writes the same text', parseInteger, 0)
    .option(
      '--count <n>',
      'samples of a recurrent network (default: 1, or 12 images)',
      parsePositiveInteger,
    )
    .option('--out <file>', 'where images go, as a PNG (default: the run’s samples/)')
    .addHelpText(
      'after',
      `
Examples:
  primordia sample runs/quickstart-001 --prompt "My fellow citizens"
  primordia sample runs/smt-chars-001 --prompt "The "
  primordia sample runs/smt-mnist-001 --count 16 --out digits.png
  primordia sample runs/nca-tiny-001/checkpoints/text/step-00000250 --temperature 0`,
    );
  addCommonOptions(command).action(async (directory: string, options: Options) => {
    const output = createOutput(options);
    if (isRecurrentFolder(directory)) {
      await sampleRecurrent(directory, options, output);
      exit(0);
      return;
    }
    refuseOptions(options);
    const { model, params: arrays, tokenizer, ...found } = loadAnyModel(directory);
    const prompt = readPrompt(options.prompt);
    const device = openDevice();
    try {
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
      const result = { model: found.directory, prompt, text, tokens: [...tokens] };
      output.result(result, all, { exact: true });
    } finally {
      await device.close();
    }
    exit(0);
  });
}

/** The ids of a prompt for a model that comes without a tokenizer. */
function parseIds(prompt: string): Int32Array {
  const words = prompt.split(/\s+/).filter((word) => word !== '');
  const strange = words.find((word) => !/^\d{1,7}$/.test(word));
  if (words.length > 0 && strange === undefined) return Int32Array.from(words, Number);
  throw new UserError(
    strange === undefined
      ? 'the model has no tokenizer.json, and there is no prompt to begin with'
      : `the model has no tokenizer.json, and ${JSON.stringify(strange.slice(0, 40))} is no token id`,
    { hint: 'give token ids with spaces between them: --prompt "1 5 2"' },
  );
}

/** What only recurrent networks have. */
function refuseOptions({ count, out }: Options): void {
  const given = [count !== undefined && '--count', out !== undefined && '--out'].find(Boolean);
  if (!given) return;
  throw new UserError(`${given} is for runs of recurrent networks`, {
    hint: 'text of a transformer is written to standard output: leave it out',
  });
}
