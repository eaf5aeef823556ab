// `primordia eval`: perplexity and bits per byte on text.

import type { Command } from 'commander';
import { type ArraySpec, type Tree, UserError } from '../../core/index.ts';
import { evaluateText, formatPerplexity, openEvaluator } from '../../eval/index.ts';
import { loadRunKinds } from '../../plugins/index.ts';
import { openRunDevice } from '../../run/index.ts';
import { describeCounts, readCorpus } from '../../text/index.ts';
import { addCommonOptions, type CommonOptions, parsePositiveInteger } from '../common-options.ts';
import { addDeviceOption, type DeviceOptions } from '../device-option.ts';
import { loadTextModel } from '../model-source.ts';
import { createOutput, formatTable } from '../output.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';
import { createWorkProgress } from '../progress/work-progress.ts';
import { addTextOptions, TEXT_SETTINGS, TEXT_SOURCES, type TextOptions } from '../text-options.ts';

type Options = CommonOptions &
  DeviceOptions &
  PluginOptions &
  TextOptions & { readonly text: string[]; readonly context?: number; readonly arm?: string };

/** Default limit of windows, since the memory of attention grows with their square. */
const WINDOW_TOKENS = 2048;
const BATCH_TOKENS = 4096;
const MAX_BATCH_SIZE = 8;

export function addEval(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('eval')
    .description('measure perplexity and bits per byte of a text model on held-out text')
    .argument('<dir>', 'folder of a run or a checkpoint')
    .requiredOption('--text <file...>', TEXT_SOURCES)
    .option(
      '--context <n>',
      `tokens of a window (default: the model’s context, at most ${WINDOW_TOKENS})`,
      parsePositiveInteger,
    )
    .option('--arm <name>', 'arm of a study (default: the first that has a model)')
    .addHelpText('after', '\nExample:\n  primordia eval runs/nca-tiny-001 --text book.txt');
  addDeviceOption(command, 'cpu');
  addPluginOption(command);
  addCommonOptions(addTextOptions(command)).action(async (directory: string, options: Options) => {
    const output = createOutput(options);
    const { registries } = await loadRunKinds(directory, options.plugin);
    const model = loadTextModel(directory, { registries, arm: options.arm });
    requireEndOfText(model);
    const {
      documents,
      name: _,
      ...corpus
    } = readCorpus(options.text, {
      ...(options.textField !== undefined && { field: options.textField }),
      ...(options.textColumn !== undefined && { column: options.textColumn }),
      settings: TEXT_SETTINGS,
    });
    output.say(describeCounts(documents.length, corpus));
    const device = await openRunDevice({ device: options.device ?? 'cpu', threads: null });
    try {
      const contextLength =
        options.context ?? Math.min(WINDOW_TOKENS, model.description.sizes.contextLength);
      const fitting = Math.floor(BATCH_TOKENS / contextLength);
      const batchSize = Math.min(MAX_BATCH_SIZE, Math.max(1, fitting));
      const evaluator = await openEvaluator(device, model.model, { batchSize, contextLength });
      const params = await device.createState<Tree<ArraySpec>>(model.params, {
        transfer: true,
      });
      const progress = createWorkProgress(output, 'bytes', { isQuick: true });
      const total = documents.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
      const onProgress = (done: number) => progress(done, total);
      const found = await evaluateText(evaluator, params, model.tokenizer, documents, {
        onProgress,
      });
      const rows = [
        ['model', model.directory],
        ['loss', `${found.loss.toFixed(4)} nats per token`],
        ['perplexity', formatPerplexity(found.perplexity)],
        ['bits per byte', found.bitsPerByte.toFixed(4)],
        ['accuracy', `${(100 * found.accuracy).toFixed(2)} %`],
        ['context', `${contextLength.toLocaleString('en-US')} tokens`],
        ['tokens', found.tokens.toLocaleString('en-US')],
        ['bytes', found.bytes.toLocaleString('en-US')],
      ];
      output.result(
        { model: model.directory, contextLength, ...corpus, documents: documents.length, ...found },
        formatTable(rows),
      );
    } finally {
      await device.close();
    }
    exit(0);
  });
}

/** The first token of a document is predicted from the end of another one. */
function requireEndOfText({ directory, model, tokenizer }: ReturnType<typeof loadTextModel>): void {
  if (tokenizer.endOfText < model.vocabSize) return;
  throw new UserError(
    `${directory} is a model of characters: it has no end-of-text token to start from`,
    {
      hint: 'its own run measures it; train on data of kind "text" for one that reads documents',
    },
  );
}
