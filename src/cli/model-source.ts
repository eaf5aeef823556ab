// A model to evaluate or sample: from a run folder, an arm of a study, or a model's folder.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { readRegularText } from '../files/read-file.ts';
import { type LoadedModel, loadModel, readKind } from '../run/index.ts';
import { findArm } from '../study/index.ts';
import { readTokenizerJson, type Tokenizer } from '../text/index.ts';
import { type Registries, requireStageModel, type StageModel } from '../training/index.ts';
import { writeText } from './write-text.ts';

/** A model with its folder, and the tokenizer where its tokens are text. */
type FoundModel = LoadedModel & {
  readonly tokenizer: Tokenizer | null;
  readonly directory: string;
};
type TextModel = FoundModel & { readonly tokenizer: Tokenizer };

export type ModelChoice = {
  readonly registries: Registries;
  /** Of a study; by default the first that has a model. */
  readonly arm?: string | undefined;
  /** Is told which arm was taken, and of damaged checkpoints that were skipped. */
  readonly say?: (text: string) => void;
};

/** A run's folder, or a model's. */
export type ModelPlace =
  | { readonly run: string; readonly found: StageModel }
  | { readonly run: null; readonly folder: string };

/**
 * Finds the model of a folder: the newest one of a run, or that of an arm of a study.
 *
 * @throws UserError if there is none
 */
export function findModel(directory: string, choice: ModelChoice): ModelPlace {
  const { registries, arm, say = warnOnStandardError } = choice;
  if (!existsSync(directory)) throw new UserError(`no folder ${directory}`);
  const kind = existsSync(path.join(directory, 'config.json')) ? null : readKind(directory);
  if (kind === 'study') {
    const { name, folder } = findArm(directory, arm);
    say(`arm ${name}`);
    return findModel(folder, { ...choice, arm: undefined });
  }
  if (arm !== undefined) {
    throw new UserError(`${directory} is not a study: it has no arm '${arm}'`, {
      hint: 'leave --arm out',
    });
  }
  if (kind === null) return { run: null, folder: directory };
  const warn = (text: string) => say(`warning: ${text}`);
  return { run: directory, found: requireStageModel(directory, registries, { warn }) };
}

/** Loads a text model. */
export function loadTextModel(directory: string, choice: ModelChoice): TextModel {
  const place = findModel(directory, choice);
  const { tokenizer, ...model } = loadFolder(folderOf(place), choice.registries);
  if (tokenizer) return { ...model, tokenizer };
  throw new UserError(`${model.directory} has no tokenizer.json: it is not a text model`, {
    hint: 'a run has a text model once a stage on text has begun',
  });
}

function folderOf(place: ModelPlace): string {
  if (place.run === null) return place.folder;
  const { stage, folder, isModel } = place.found;
  if (isModel) return folder;
  throw new UserError(`stage '${stage}' of ${place.run} has no model before it is finished`, {
    hint: `let it train: primordia resume ${place.run}`,
  });
}

/** The model in a folder of its own. */
export function loadFolder(folder: string, { models }: Registries): FoundModel {
  const model = loadModel(folder, models);
  const tokenizerFile = path.join(folder, 'tokenizer.json');
  if (!existsSync(tokenizerFile)) return { ...model, tokenizer: null, directory: folder };
  const tokenizer = readTokenizerJson(tokenizerFile);
  if (tokenizer.vocabSize > model.model.vocabSize && !isBytes(tokenizer, model)) {
    throw new UserError(
      `${folder}: the tokenizer has ${tokenizer.vocabSize} ids, the model ${model.model.vocabSize}`,
    );
  }
  return { ...model, tokenizer, directory: folder };
}

/** Models of bytes have no end-of-text token. */
function isBytes({ vocabSize, endOfText }: Tokenizer, { model }: LoadedModel): boolean {
  return endOfText === vocabSize - 1 && model.vocabSize === vocabSize - 1;
}

function warnOnStandardError(text: string): void {
  writeText(process.stderr, `${text}\n`);
}

/** More than any context needs; each byte is at most one step of the model. */
const MAX_PROMPT_BYTES = 2 ** 24;

/** The text of a prompt: itself, or a file's content after `@`. */
export function readPrompt(prompt: string): string {
  if (!prompt.startsWith('@')) return prompt;
  if (prompt === '@') throw new UserError('the prompt names no file after @');
  return readRegularText(prompt.slice(1), { maxBytes: MAX_PROMPT_BYTES });
}
