// `primordia sample`: text from a model.

import type { Command } from 'commander';
import type { ArraySpec } from '../../core/index.ts';
import { openGenerator } from '../../eval/index.ts';
import type { LlamaParams } from '../../nn/index.ts';
import { openDevice } from '../../tensor/index.ts';
import {
  addCommonOptions,
  type CommonOptions,
  parseInteger,
  parseNumber,
} from '../common-options.ts';
import { loadTextModel, readPrompt } from '../model-source.ts';
import { createOutput } from '../output.ts';

type Options = CommonOptions & {
  readonly prompt: string;
  readonly tokens: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed: number;
};

export function addSample(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('sample')
    .description('write text with a model')
    .argument('<dir>', 'folder of a run or a checkpoint')
    .option('--prompt <text>', 'text to continue; @FILE reads it from a file', '')
    .option('--tokens <n>', 'tokens to write', parseInteger, 200)
    .option('--temperature <t>', '0 takes the most probable token always', parseNumber, 0.8)
    .option('--top-k <k>', 'only the k most probable tokens', parseInteger)
    .option('--top-p <p>', 'only the smallest set of tokens with this mass', parseNumber)
    .option('--seed <n>', 'the same seed writes the same text', parseInteger, 0)
    .addHelpText(
      'after',
      `
Examples:
  primordia sample runs/quickstart-001 --prompt "To install"
  primordia sample runs/nca-tiny-001/checkpoints/text/step-00000150 --temperature 0`,
    );
  addCommonOptions(command).action(async (directory: string, options: Options) => {
    const output = createOutput(options);
    const model = loadTextModel(directory);
    const prompt = readPrompt(options.prompt);
    const device = openDevice();
    try {
      const params = await device.createState<LlamaParams<ArraySpec>>(model.params, {
        transfer: true,
      });
      const generator = await openGenerator(device, model.config, params);
      const tokens = await generator.generate({
        prompt: model.tokenizer.encode(prompt),
        startToken: model.tokenizer.endOfText,
        maxTokens: options.tokens,
        temperature: options.temperature,
        topK: options.topK,
        topP: options.topP,
        seed: options.seed,
      });
      const text = model.tokenizer.decode(tokens);
      output.result({ model: model.directory, prompt, text, tokens: [...tokens] }, prompt + text);
    } finally {
      await device.close();
    }
    exit(0);
  });
}
