// A task's sequences, for training and held out, from generators, texts or files of images.

import { UserError } from '../core/index.ts';
import { createWorld } from '../run/world-recipe.ts';
import type { DrawnWorlds } from '../training/data/data.ts';
import { IMAGES_RECORD, openImages, requirePixels } from '../training/data/images-data.ts';
import { CHARACTERS_FILES, readCharacters } from '../training/data/read-characters.ts';
import { type AnyWorld, createCharactersWorld, createWorldOf, TASKS } from '../worlds/index.ts';
import type { TaskRecipe } from './task-recipe.ts';

export type TaskWorlds = DrawnWorlds;

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
export const TASK_FILES = { ...CHARACTERS_FILES, images: IMAGES_RECORD } as const;

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
      return openImagesTask(recipe, directory);
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

type Characters = Extract<TaskRecipe, { kind: 'characters' }>;

function openCharacters(recipe: Characters, directory: string | null): Task {
  const { training, heldOut, read } = readCharacters(recipe, directory, 'task');
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

function openImagesTask({ kind: _, ...options }: Images, directory: string | null): Task {
  const worlds = openImages(options, { directory, place: 'task' });
  return {
    shows: 'image',
    sequenceLength: worlds.training.sequenceLength,
    worlds: (length) => requirePixels(worlds, length, 'task'),
  };
}
