// A control: the sequences of another world with their order destroyed.

import { z } from 'zod';
import { foldIn, permutation } from '../core/index.ts';
import { createOriginal, defineWorld, originalSchema } from './define-world.ts';
import { type AnyWorld, isDelimiter, type World } from './world.ts';

/** `states` are those of the simulation before its tokens changed places. */
export type ShuffledStates<States> = { readonly states: States; readonly tokens: Int32Array };

/**
 * The sequences of `original`, each with its tokens in a random order of its own. Delimiters stay where they are,
 * and all other tokens change places across the whole sequence. So sequence i of a key holds exactly the tokens of
 * sequence i of `original` under that key, as often, and neither space nor time: "shuffled NCA" as a control.
 */
export function createShuffledWorld<Rule, States>(
  original: World<Rule, States>,
): World<Rule, ShuffledStates<States>> {
  const places = listCellPlaces(original);
  return {
    name: 'shuffled',
    description: `shuffled ${original.description}`,
    learnable: 'frequencies',
    freshRules: original.freshRules,
    vocabSize: original.vocabSize,
    sequenceLength: original.sequenceLength,
    frame: original.frame,
    frameLength: original.frameLength,
    firstTarget: original.firstTarget,
    sample: (key) => original.sample(key),
    ...(original.acceptRule && { acceptRule: original.acceptRule }),
    rollout: (rule, key) => {
      const states = original.rollout(rule, key);
      const tokens = original.encode(states);
      const order = permutation(foldIn(key, 'shuffle'), places.length);
      const shuffled = tokens.slice();
      places.forEach((place, i) => {
        shuffled[place] = tokens[places[order[i]!]!]!;
      });
      return { states, tokens: shuffled };
    },
    accept: ({ states }) => original.accept(states),
    encode: ({ tokens }) => tokens,
    decode: (tokens) => ({ states: original.decode(tokens), tokens: Int32Array.from(tokens) }),
    render: ({ tokens }) => original.render(original.decode(tokens)),
    planes: ({ tokens }) => original.planes(original.decode(tokens)),
  };
}

/** The control `shuffled` as a kind. */
export const shuffled = defineWorld({
  kind: 'shuffled',
  source: 'a control of arXiv 2603.10055',
  description: 'Sequences of another world, each with its tokens in a random order.',
  options: z.strictObject({ of: originalSchema }),
  create: ({ of }, context) => createShuffledWorld(createOriginal(of, context, 'shuffled.of')),
});

/** The positions of a sequence that hold no delimiter, rising. */
export function listCellPlaces(
  world: Pick<AnyWorld, 'sequenceLength' | 'frame' | 'frameLength'>,
): number[] {
  return [...Array(world.sequenceLength).keys()].filter((t) => !isDelimiter(world, t));
}
