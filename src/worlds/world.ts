// The contract of a synthetic world: rules are sampled, rolled out to states, and encoded as tokens.

import { foldIn, type Key, UserError } from '../core/index.ts';
import type { Pixels, Plane } from './plane.ts';
import type { Predictor } from './predictor.ts';

/**
 * What a model can learn about a world, and thus what the gate may require:
 * - `in-context`: every sequence has a rule of its own, which only the sequence itself tells;
 * - `fixed`: one law holds for all sequences: it is learned in training, and need not be inferred from the context;
 * - `frequencies`: a control: how often tokens occur, and where delimiters stand, is all there is.
 */
export type Learnable = 'in-context' | 'fixed' | 'frequencies';

/** How the cells of a frame become tokens. Patches tile the frame, which is a torus. */
export type FrameGeometry = {
  /** Cells in a column and a row. */
  readonly height: number;
  readonly width: number;
  /** Cells of a token, numbered in row-major order: its id is the sum over them of cell k times colors^k. */
  readonly patch: { readonly height: number; readonly width: number };
  /** States of a cell. */
  readonly colors: number;
  /** Token ids that open and close every frame. */
  readonly delimiters: { readonly start: number; readonly end: number };
};

/**
 * A source of token sequences. Every function is pure: the same arguments give the same result,
 * on every engine and machine.
 */
export type World<Rule, States> = {
  readonly name: string;
  /** The world and the options that matter most, for the reader of a report. */
  readonly description: string;
  readonly learnable: Learnable;
  /** Whether rules are so many that those of held-out sequences were not in training. */
  readonly freshRules: boolean;
  /** Number of token ids; ids are 0..vocabSize-1. */
  readonly vocabSize: number;
  /** Tokens in a sequence, `encode(...)`'s length. */
  readonly sequenceLength: number;
  /**
   * How cells lie in a frame, where sequences consist of frames: a start token, the frame's patches in row-major order,
   * an end token. A token can then be compared with the one at its place a frame before. Null without frames.
   */
  readonly frame: FrameGeometry | null;
  /**
   * Tokens in a frame with its delimiters; token t belongs to frame floor(t / frameLength). Without frames, the
   * length of the chunks by which results are shown (`chunkLength`).
   */
  readonly frameLength: number;
  /**
   * Positions before this one are never targets of the loss: the first frame, which cannot be predicted; without
   * frames the first token alone. At least 1.
   */
  readonly firstTarget: number;
  /**
   * Which tokens of a sequence are targets that count: 1 where the loss counts, else 0, `[tokens.length]`. Absent where
   * all from `firstTarget` on do.
   */
  targets?(tokens: ArrayLike<number>): Uint8Array;
  /**
   * The best predictor that knows the world's law, but must infer a sequence's rule from the sequence. Absent if it is unknown
   * or would take too long.
   */
  oracle?(): Predictor;
  /** A random rule. */
  sample(key: Key): Rule;
  /**
   * Whether a rule is kept at all, where the world judges rules: by the simulation of `key`, which is then not used
   * further. Rejected rules are drawn again.
   */
  acceptRule?(rule: Rule, key: Key): boolean;
  /** States of one simulation under a rule. */
  rollout(rule: Rule, key: Key): States;
  /** Whether a simulation passes the world's filter; rejected ones are drawn again. */
  accept(states: States): boolean;
  /** Tokens `[sequenceLength]`. */
  encode(states: States): Int32Array;
  /** Tokens and attempts of `drawSequence(world, key, index)` by a faster way, where the world has one. */
  draw?(key: Key, index: number): Pick<WorldSequence<Rule, States>, 'tokens' | 'attempts'>;
  /** States of a simulation as an image. */
  render(states: States): Pixels;
  /** Planes for comparing a simulation with a model's prediction: one per frame, or one for all of it. */
  planes(states: States): readonly Plane[];
  /** The states that `tokens` stand for, for pictures of what a model predicted; ids out of place become state 0. */
  decode(tokens: ArrayLike<number>): States;
};

/** Any world, where only tokens matter. */
// biome-ignore lint/suspicious/noExplicitAny: rule and state types are private to a world
export type AnyWorld = World<any, any>;

/** Length of the chunks by which results are shown where a world has no frames: eight of them, the last perhaps short. */
export function chunkLength(sequenceLength: number): number {
  return Math.ceil(sequenceLength / 8);
}

/** Whether position `t` holds a delimiter of a frame. */
export function isDelimiter(
  { frame, frameLength }: Pick<AnyWorld, 'frame' | 'frameLength'>,
  t: number,
): boolean {
  const place = t % frameLength;
  return frame !== null && (place === 0 || place === frameLength - 1);
}

/** Names the key of the simulation that is not the one its rule was judged by. */
export const SECOND_ROLLOUT = 'second rollout';

/** Sequence number `index` under `key`: a pure function of (key, index). */
export type WorldSequence<Rule, States> = {
  readonly rule: Rule;
  readonly states: States;
  readonly tokens: Int32Array;
  /** Rules drawn until one passed the filter, at least 1. */
  readonly attempts: number;
};

/**
 * Draws sequence `index`: rules are sampled until one passes `world.acceptRule`, where there is one, and a simulation
 * passes `world.accept`. The simulation that judges a rule and the one that becomes the sequence have different keys.
 *
 * @throws UserError after `maxAttempts` rejections (the filter lets next to nothing pass)
 */
export function drawSequence<Rule, States>(
  world: World<Rule, States>,
  key: Key,
  index: number,
  maxAttempts = 10_000,
): WorldSequence<Rule, States> {
  const sequenceKey = foldIn(key, index);
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const attemptKey = foldIn(sequenceKey, attempt);
    const rule = world.sample(foldIn(attemptKey, 'rule'));
    if (world.acceptRule?.(rule, foldIn(attemptKey, 'rollout')) === false) continue;
    const states = world.rollout(rule, rolloutKey(world, attemptKey));
    if (world.accept(states)) {
      return { rule, states, tokens: world.encode(states), attempts: attempt + 1 };
    }
  }
  throw new UserError(
    `${world.name}: none of ${maxAttempts} simulations for sequence ${index} passed the filter`,
    { hint: 'widen the band, or choose a percentile band' },
  );
}

function rolloutKey({ acceptRule }: Pick<AnyWorld, 'acceptRule'>, attemptKey: Key): Key {
  return foldIn(attemptKey, acceptRule ? SECOND_ROLLOUT : 'rollout');
}

/** The tokens of `drawSequence(world, key, index)`, as fast as the world can draw them. */
export function drawTokens<Rule, States>(
  world: World<Rule, States>,
  key: Key,
  index: number,
): Int32Array {
  return (world.draw?.(key, index) ?? drawSequence(world, key, index)).tokens;
}

/** Which tokens of a sequence count as targets, by the world's mask or by `firstTarget`. */
export function maskTargets(
  world: Pick<AnyWorld, 'targets' | 'firstTarget'>,
  tokens: ArrayLike<number>,
): Uint8Array {
  if (world.targets) return world.targets(tokens);
  return new Uint8Array(tokens.length).fill(1, world.firstTarget);
}
