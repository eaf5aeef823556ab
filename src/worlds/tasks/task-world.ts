// What tasks have in common: tokens are the states, and only some of them are targets.

import type { Key } from '../../core/index.ts';
import { renderPlanes, tokenPlane } from '../plane.ts';
import { chunkLength, type Learnable, type World } from '../world.ts';

export type TaskStates = { readonly tokens: Int32Array };

/** A task whose sequences are drawn under `Rule`, null if there is one law for all. */
export type TaskWorld<Options, Rule = null> = World<Rule, TaskStates> & {
  readonly options: Options;
};

type Sized = { readonly sequenceLength: number };

/** What `createTaskWorld` makes a world of. */
export type Task<Options extends Sized, Rule> = {
  readonly name: string;
  /** The world and the options that matter most, for the reader of a report. */
  readonly description: string;
  /** All options, and `sequenceLength`. */
  readonly options: Options;
  /** Number of token ids, which are 0 to vocabSize − 1. */
  readonly vocabSize: number;
  /** What there is to learn. */
  readonly learnable: Learnable;
  /** Whether rules are so many that those of held-out sequences were not in training. */
  readonly freshRules: boolean;
  /** First position that may count in the loss, at least 1. */
  readonly firstTarget: number;
  /** A random rule; null for a task with one law for all sequences. */
  readonly sample: (key: Key) => Rule;
  /** The tokens of a sequence, `[sequenceLength]`, a pure function of rule and key. */
  readonly draw: (rule: Rule, key: Key) => Int32Array;
  /** Which tokens count: 1 where the loss counts, else 0, `[tokens.length]`. Absent where all from `firstTarget` on do. */
  readonly targets?: (tokens: ArrayLike<number>) => Uint8Array;
};

/**
 * A world of token sequences without frames, from what is particular to a task: how a rule and a sequence are drawn, and
 * which tokens count.
 */
export function createTaskWorld<Options extends Sized, Rule>(
  task: Task<Options, Rule>,
): TaskWorld<Options, Rule> {
  const { options, draw } = task;
  const width = chunkLength(options.sequenceLength);
  return {
    name: task.name,
    description: task.description,
    options,
    learnable: task.learnable,
    freshRules: task.freshRules,
    vocabSize: task.vocabSize,
    sequenceLength: options.sequenceLength,
    frame: null,
    frameLength: width,
    firstTarget: task.firstTarget,
    ...(task.targets && { targets: task.targets }),
    sample: task.sample,
    rollout: (rule, key) => ({ tokens: draw(rule, key) }),
    accept: () => true,
    encode: ({ tokens }) => tokens,
    decode: (tokens) => ({ tokens: Int32Array.from(tokens) }),
    render: ({ tokens }) => renderPlanes([tokenPlane(tokens, width)]),
    planes: ({ tokens }) => [tokenPlane(tokens, width)],
  };
}

/** A mask of `length` with ones where `counts` says so. */
export function maskWhere(length: number, counts: (t: number) => boolean): Uint8Array {
  return Uint8Array.from({ length }, (_, t) => Number(counts(t)));
}
