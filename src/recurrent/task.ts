// A task's sequences, for training and held out, from generators, texts or files of images.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { readJsonFile, writeJsonAtomic } from '../files/json.ts';
import { createWorld } from '../run/world-recipe.ts';
import {
  type AnyWorld,
  createCharactersWorld,
  createImagesWorld,
  createWorldOf,
  type IdxArray,
  type ImagesWorld,
  TASKS,
} from '../worlds/index.ts';
import { CHARACTERS_FILES, readCharacters } from './read-characters.ts';
import { readImages } from './read-images.ts';
import type { TaskRecipe } from './task-recipe.ts';

/** Sequences to learn from and others to be judged by, tokens `[sequenceLength]` each. */
export type TaskWorlds = { readonly training: AnyWorld; readonly heldOut: AnyWorld };

export type Task = {
  /** The worlds for sequences of so many tokens. Throws UserError where the task has no such sequences. */
  worlds(sequenceLength: number): TaskWorlds;
  /** Tokens of a sequence, where the task itself decides it. */
  readonly sequenceLength?: number;
  /** How much text was read, where it was read just now and not taken from the run's folder. */
  readonly read?: string;
  /** What tokens are to a reader. */
  readonly shows: 'text' | 'image' | 'tokens';
};

/** What a run folder keeps of a text or of a file of images. */
export const TASK_FILES = { ...CHARACTERS_FILES, images: 'images.json' } as const;

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
  if (recipe.kind === 'world') {
    if (recipe.world.kind === 'dataset') {
      throw new UserError('task.world: a data set cannot be the task of a recurrent network', {
        hint: 'it can be the source of a language model: source.world',
      });
    }
    return createWorld(recipe.world, sequenceLength);
  }
  const { kind, ...options } = recipe;
  return createWorldOf(TASKS, kind, options, { sequenceLength }, 'task');
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
  const { training, heldOut, read } = readCharacters(recipe, directory);
  return {
    ...(read !== undefined && { read }),
    shows: 'text',
    worlds: (sequenceLength) => ({
      training: createCharactersWorld(training, { sequenceLength }),
      heldOut: createCharactersWorld(heldOut, { sequenceLength }),
    }),
  };
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
