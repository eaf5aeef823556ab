// The predictors that a model is compared with.

import type { Predictor } from '../../worlds/predictor.ts';
import { createBackoffPredictor } from './backoff-predictor.ts';
import { cellFrequencies, neighboringCells, ownPatch, writtenNeighbors } from './cell-contexts.ts';
import {
  type Contexts,
  neighboringTokens,
  noContext,
  precedingTokens,
  samePlace,
  wholeFrame,
} from './contexts.ts';
import type { GateWorld } from './gate-world.ts';
import { createCopyPredictor, createUnigramPredictor } from './global-predictors.ts';

/**
 * What a predictor may know:
 * - `global`: frequencies over all sequences, and whether a token repeats the one a frame before;
 * - `blind`: the sequence so far, but not how a cell depends on those around it a frame before, beyond its own patch;
 * - `lookup`: that neighborhood, from which a rule can be inferred; or, where the world has an oracle, its law.
 */
export type PredictorKind = 'global' | 'blind' | 'lookup';

export type NamedPredictor = {
  readonly name: string;
  readonly kind: PredictorKind;
  readonly predictor: Predictor;
};

/**
 * Version of the set of predictors. It rises when one is added, dropped or changed, because the bar then changes and earlier
 * verdicts are no longer comparable.
 */
export const PREDICTORS_VERSION = 2;

/** Whether a cell's own patch can hold all of its neighborhood, which a blind predictor must not see. */
function holdsNeighborhood({ frame }: { frame: NonNullable<GateWorld['frame']> }): boolean {
  const { patch, width, height } = frame;
  return patch.width >= Math.min(3, width) && patch.height >= Math.min(3, height);
}

/**
 * Order of the longest n-grams; below a frame's length, so that they do not see the same place in the frame before. At the start of a
 * frame they, and the tokens before the same place, reach into the end of the frame before, which makes the bar stricter, never laxer.
 */
const MAX_ORDER = 12;

/**
 * All predictors that a world has, with weights chosen on training sequences. If rules come again (`freshRules` is false), blind
 * ones and look-ups also have a form that remembers the training sequences; if one law holds for all sequences, they have only
 * that form.
 *
 * @param training sequences that were trained on, `[sequenceLength]` each; never held-out ones
 */
export function createPredictors(
  world: GateWorld,
  training: readonly Int32Array[],
): NamedPredictor[] {
  const { frame, frameLength } = world;
  const parts = frame === null ? 1 : frame.patch.height * frame.patch.width;
  const named: NamedPredictor[] = [
    {
      name: 'global unigram',
      kind: 'global',
      predictor: createUnigramPredictor(world, training),
    },
  ];
  if (frame !== null) {
    const predictor = createCopyPredictor(world, training);
    named.push({ name: 'copy of the place', kind: 'global', predictor });
  }
  const memories = world.freshRules
    ? [false]
    : world.learnable === 'fixed'
      ? [true]
      : [false, true];
  const add = (name: string, kind: PredictorKind, contexts: Contexts) => {
    for (const remember of memories) {
      named.push({
        name: memories.length > 1 && remember ? `${name}, remembered` : name,
        kind,
        predictor: createBackoffPredictor(world, contexts, { training, remember }),
      });
    }
  };
  // Without a context there is nothing to remember beyond the global frequencies.
  named.push({
    name: 'in-context unigram',
    kind: 'blind',
    predictor: createBackoffPredictor(world, noContext(world), { training, remember: false }),
  });
  if (frame !== null && parts > 1) {
    const cells = cellFrequencies({ ...world, frame });
    const predictor = createBackoffPredictor(world, cells, { training, remember: false });
    named.push({ name: 'in-context cells', kind: 'blind', predictor });
  }
  const order = Math.min(MAX_ORDER, (frame === null ? world.sequenceLength : frameLength) - 1);
  add(`n-gram up to ${order}`, 'blind', precedingTokens(world, order));
  if (frame !== null) {
    const framed = { ...world, frame };
    add('same place', 'blind', samePlace(framed, 0));
    const preceding = Math.min(4, frameLength - 3);
    add('same place + 4', 'blind', samePlace(framed, preceding));
    add('same place, 3 frames + 4', 'blind', samePlace(framed, preceding, 3));
    add('whole frame', 'blind', wholeFrame(framed));
    if (parts > 1 && !holdsNeighborhood(framed)) add('own patch', 'blind', ownPatch(framed));
    add('same cell + written cells', 'blind', writtenNeighbors(framed));
    add('3×3 tokens', 'lookup', neighboringTokens(framed));
    add('3×3 cells', 'lookup', neighboringCells(framed));
  }
  if (world.oracle) named.push({ name: 'oracle', kind: 'lookup', predictor: world.oracle() });
  return named;
}
