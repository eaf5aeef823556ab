// A task's sequences, for training and held out, from generators, texts or files of images.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { readJsonFile, writeJsonAtomic } from '../files/json.ts';
import { createWorld } from '../run/world-recipe.ts';
import { readCorpus, readDefaultCorpus, splitCorpus } from '../text/index.ts';
import {
  type AnyWorld,
  createCharactersWorld,
  createCopyWorld,
  createImagesWorld,
  createModularWorld,
  createParityWorld,
  createRecallWorld,
  createRetrievalWorld,
  createStackWorld,
  type IdxArray,
  type ImagesWorld,
} from '../worlds/index.ts';
import { readImages } from './read-images.ts';
import type { TaskRecipe } from './task-recipe.ts';

/** Sequences to learn from and others to be judged by, tokens `[sequenceLength]` each. */
export type TaskWorlds = { readonly training: AnyWorld; readonly heldOut: AnyWorld };

export type Task = {
  /** The worlds for sequences of so many tokens. Throws UserError where the task has no such sequences. */
  worlds(sequenceLength: number): TaskWorlds;
  /** Tokens of a sequence, where the task itself decides it. */
  readonly sequenceLength?: number;
  /** What tokens are to a reader. */
  readonly shows: 'text' | 'image' | 'tokens';
};

/** What a run folder keeps of a text or of a file of images. */
export const TASK_FILES = {
  text: 'text.bin',
  heldOut: 'text-held-out.bin',
  images: 'images.json',
} as const;

/** Sequences of other tasks, where a recipe says nothing. */
export const DEFAULT_CONTEXT_LENGTH = 32;

/**
 * Opens the task of a run. A text is copied into `directory`, of a file of images the SHA-256 is noted there, so that
 * a run that goes on sees what it began with.
 *
 * @param directory of the run; null to look only, and write nothing
 * @throws UserError where files are missing, damaged or other ones than before
 */
export function openTask(recipe: TaskRecipe, directory: string | null): Task {
  switch (recipe.kind) {
    case 'characters':
      return openCharacters(recipe, directory);
    case 'images':
      return openImages(recipe, directory);
    default:
      return {
        shows: 'tokens',
        worlds: (sequenceLength) => {
          // Held-out sequences have a key of their own.
          const world = createTaskWorldOf(recipe, sequenceLength);
          return { training: world, heldOut: world };
        },
      };
  }
}

type Generated = Exclude<TaskRecipe, { kind: 'characters' | 'images' }>;

function createTaskWorldOf(recipe: Generated, sequenceLength: number): AnyWorld {
  switch (recipe.kind) {
    case 'retrieval':
      return createRetrievalWorld({ ...given(recipe), sequenceLength });
    case 'copy':
      return createCopyWorld({ ...given(recipe), sequenceLength });
    case 'stack':
      return createStackWorld({ ...given(recipe), sequenceLength });
    case 'recall':
      return createRecallWorld({ ...given(recipe), sequenceLength });
    case 'modular':
      return createModularWorld({ ...given(recipe), sequenceLength });
    case 'parity':
      return createParityWorld({ sequenceLength });
    case 'world':
      if (recipe.world.kind === 'dataset') {
        throw new UserError('task.world: a data set cannot be the task of a recurrent network', {
          hint: 'name the world that it was generated from',
        });
      }
      return createWorld(recipe.world, sequenceLength);
  }
}

/** The options that a recipe gives, without its kind. */
function given<T extends { kind: string }>(recipe: T) {
  const entries = Object.entries(recipe).filter(
    ([key, value]) => key !== 'kind' && value !== undefined,
  );
  return Object.fromEntries(entries) as { [K in Exclude<keyof T, 'kind'>]?: NonNullable<T[K]> };
}

type Characters = Extract<TaskRecipe, { kind: 'characters' }>;

function openCharacters(recipe: Characters, directory: string | null): Task {
  const { training, heldOut } = readCharacters(recipe, directory);
  return {
    shows: 'text',
    worlds: (sequenceLength) => ({
      training: createCharactersWorld(training, { sequenceLength }),
      heldOut: createCharactersWorld(heldOut, { sequenceLength }),
    }),
  };
}

/** The run's text: the end of given files is held out, of the default corpus whole documents. */
function readCharacters(recipe: Characters, directory: string | null) {
  if (directory === null) return cutText(recipe, gatherText(recipe));
  const [file, heldOutFile] = [TASK_FILES.text, TASK_FILES.heldOut].map((name) =>
    path.join(directory, name),
  ) as [string, string];
  if (!existsSync(file)) {
    const { text, heldOut } = gatherText(recipe);
    // What says that the text is whole comes last.
    if (heldOut) writeFileAtomic(heldOutFile, heldOut);
    writeFileAtomic(file, text);
  }
  const heldOut = existsSync(heldOutFile) ? readFileSync(heldOutFile) : null;
  return cutText(recipe, { text: readFileSync(file), heldOut });
}

type GatheredText = { readonly text: Uint8Array; readonly heldOut: Uint8Array | null };

function gatherText(recipe: Characters): GatheredText {
  const join = (documents: readonly string[]) => Buffer.from(documents.join('\n\n'), 'utf8');
  if (recipe.files.length > 0) {
    return { text: join(readCorpus(recipe.files).documents), heldOut: null };
  }
  const { train, validation } = splitCorpus(readDefaultCorpus(), recipe);
  return { text: join(train), heldOut: join(validation) };
}

function cutText({ validationFraction }: Characters, { text, heldOut }: GatheredText) {
  if (heldOut) return { training: text, heldOut };
  const cut = Math.floor(text.length * (1 - validationFraction));
  return { training: text.subarray(0, cut), heldOut: text.subarray(cut) };
}

type Images = Extract<TaskRecipe, { kind: 'images' }>;

function openImages(recipe: Images, directory: string | null): Task {
  if (recipe.file === undefined) {
    throw new UserError('task.file is missing: nothing is downloaded', {
      hint: 'name an idx file of images: --set task.file=train-images-idx3-ubyte',
    });
  }
  const images = readImages(recipe.file);
  if (directory !== null) bindImages(images, recipe.file, directory);
  const [count] = images.shape as [number];
  const cut = Math.floor(count * (1 - recipe.validationFraction));
  if (cut < 1 || cut === count) {
    throw new UserError(`${recipe.file}: of ${count} images none is left to train on or hold out`);
  }
  const { kind: _, file: __, validationFraction: ___, ...options } = recipe;
  const open = (from: number, to: number): ImagesWorld =>
    createImagesWorld(cutImages(images, from, to), given({ kind: 'images', ...options }));
  const worlds = { training: open(0, cut), heldOut: open(cut, count) };
  const { sequenceLength } = worlds.training;
  return {
    shows: 'image',
    sequenceLength,
    worlds: (length) => {
      if (length === sequenceLength) return worlds;
      throw new UserError(`the images have ${sequenceLength} pixels, not ${length}`, {
        hint: 'leave contextLength out, or choose task.shrink',
      });
    },
  };
}

function cutImages({ shape, data }: IdxArray, from: number, to: number): IdxArray {
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  return { shape: [to - from, ...shape.slice(1)], data: data.subarray(from * size, to * size) };
}

/** Notes which images a run began with, or makes sure that they are the same. */
function bindImages(images: IdxArray, file: string, directory: string): void {
  const record = path.join(directory, TASK_FILES.images);
  const sha256 = createHash('sha256').update(images.data).digest('hex');
  if (!existsSync(record)) {
    writeJsonAtomic(record, { shape: images.shape, sha256 });
    return;
  }
  if ((readJsonFile(record) as { sha256?: string }).sha256 === sha256) return;
  throw new UserError(`${file} holds other images than the run began with`, {
    hint: 'put the file back, or begin a new run',
  });
}
