// A model to evaluate or sample: from a run folder, one arm of a comparison, or a checkpoint folder.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { readRegularText } from '../files/read-file.ts';
import { MODELS } from '../nn/index.ts';
import { isRecurrentFolder } from '../recurrent/index.ts';
import {
  armDirectory,
  findModelFolder,
  isComparison,
  type LoadedModel,
  listCheckpoints,
  loadModel,
  readComparison,
  runPaths,
  stageFolder,
} from '../run/index.ts';
import { readTokenizerJson, type Tokenizer } from '../text/index.ts';
import { writeText } from './write-text.ts';

/** A model with its folder, and the tokenizer where its tokens are text. */
type FoundModel = LoadedModel & {
  readonly tokenizer: Tokenizer | null;
  readonly directory: string;
};
type TextModel = FoundModel & { readonly tokenizer: Tokenizer };

/** Loads the newest text model that a folder holds. Of a comparison, that of the first arm that has one. */
export function loadTextModel(
  directory: string,
  warn: (text: string) => void = warnOnStandardError,
): TextModel {
  const { tokenizer, ...model } = loadAnyModel(directory, warn);
  if (tokenizer) return { ...model, tokenizer };
  throw new UserError(`${model.directory} has no tokenizer.json: it is not a text model`, {
    hint: 'a run has a text model once its text stage has begun',
  });
}

/** Loads the model of a folder, of whatever kind; of a run its text model, as `loadTextModel`. */
export function loadAnyModel(
  directory: string,
  warn: (text: string) => void = warnOnStandardError,
): FoundModel {
  if (!existsSync(directory)) throw new UserError(`no folder ${directory}`);
  if (isRecurrentFolder(directory)) {
    throw new UserError(`${directory} holds a recurrent network, not a text model`, {
      hint: `it was judged at its end: primordia report ${directory}; primordia sample draws from it`,
    });
  }
  const folder = findTextModelFolder(directory, warn);
  const model = loadModel(folder, MODELS);
  const tokenizerFile = path.join(folder, 'tokenizer.json');
  if (!existsSync(tokenizerFile)) return { ...model, tokenizer: null, directory: folder };
  const tokenizer = readTokenizerJson(tokenizerFile);
  if (tokenizer.vocabSize > model.model.vocabSize) {
    throw new UserError(
      `${folder}: the tokenizer has ${tokenizer.vocabSize} ids, the model ${model.model.vocabSize}`,
    );
  }
  return { ...model, tokenizer, directory: folder };
}

function warnOnStandardError(text: string): void {
  writeText(process.stderr, `warning: ${text}\n`);
}

function findTextModelFolder(directory: string, warn: (text: string) => void): string {
  if (isComparison(directory)) {
    const arms = readComparison(directory).arms.map(({ name }) => armDirectory(directory, name));
    // The first may have none: its source had learned too little.
    const begun = arms.find(
      (arm) => listCheckpoints(stageFolder(runPaths(arm), 'text')).length > 0,
    );
    return findTextModelFolder(begun ?? arms[0]!, warn);
  }
  return findModelFolder(directory, { stages: ['text'], warn });
}

/** More than any context takes; each byte of it is a step of the model at most. */
const MAX_PROMPT_BYTES = 2 ** 24;

/** The text of a prompt: itself, or a file's content after `@`. */
export function readPrompt(prompt: string): string {
  if (!prompt.startsWith('@')) return prompt;
  if (prompt === '@') throw new UserError('the prompt names no file after @');
  return readRegularText(prompt.slice(1), { maxBytes: MAX_PROMPT_BYTES });
}
