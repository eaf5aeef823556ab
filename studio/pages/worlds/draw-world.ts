// A sequence of any world as plain data: what a page shows of it.

import { keyFromSeed } from '../../../src/core/index.ts';
import { resolveKind } from '../../../src/core/resolve-kind.ts';
import {
  type AnyWorld,
  createWorldOf,
  type Dfa,
  drawSequence,
  type FrameGeometry,
  type Learnable,
  type LifeRule,
  type ModularRule,
  maskTargets,
  type Plane,
  WORLDS,
} from '../../../src/worlds/index.ts';

export type WorldRequest = {
  readonly kind: string;
  /** As a recipe has them. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** Number of the sequence under the seed. */
  readonly index: number;
};

/** What is particular to the sequence, where the world says so. */
export type RuleFacts =
  | { readonly kind: 'life'; readonly name: string }
  | { readonly kind: 'elementary'; readonly number: number }
  | { readonly kind: 'dfa'; readonly edges: Dfa['edges'] }
  | ({ readonly kind: 'modular' } & ModularRule);

export type WorldDrawing = {
  readonly kind: string;
  /** With their defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly description: string;
  readonly learnable: Learnable;
  readonly vocabSize: number;
  readonly sequenceLength: number;
  readonly firstTarget: number;
  readonly frame: FrameGeometry | null;
  readonly frameLength: number;
  readonly tokens: Int32Array;
  /** 1 where the loss counts. */
  readonly targets: Uint8Array;
  readonly planes: readonly Plane[];
  /** Of a control that reorders a simulation: the planes before. */
  readonly before: readonly Plane[] | null;
  readonly rule: RuleFacts | null;
  /** Simulations until one passed the world's filter. */
  readonly attempts: number;
};

/**
 * Draws a sequence: number `index` under the key of the seed.
 *
 * @throws UserError for an unknown kind, wrong options, or a filter that nothing passes
 */
export function drawWorld({ kind, options, seed, index }: WorldRequest): WorldDrawing {
  const resolved = resolveKind('world', WORLDS, kind, options);
  const sequenceLength = chooseLength(kind, resolved.options);
  const world = createWorldOf(WORLDS, kind, options, { sequenceLength });
  const { rule, states, tokens, attempts } = drawSequence(world, keyFromSeed(seed), index);
  return {
    kind,
    options: resolved.options,
    description: world.description,
    learnable: world.learnable,
    vocabSize: world.vocabSize,
    sequenceLength,
    firstTarget: world.firstTarget,
    frame: world.frame,
    frameLength: world.frameLength,
    tokens,
    targets: maskTargets(world, tokens),
    planes: world.planes(states).map(copyPlane),
    before:
      kind === 'shuffled'
        ? originalOf(options, sequenceLength).planes(states.states).map(copyPlane)
        : null,
    rule: describeRule(kind, rule),
    attempts,
  };
}

/** Planes often are views of one array, which would be sent with each of them. */
function copyPlane({ width, height, cells }: Plane): Plane {
  return { width, height, cells: Int32Array.from(cells) };
}

function originalOf(options: WorldRequest['options'], sequenceLength: number): AnyWorld {
  const { kind = 'nca', ...given } = (options.of ?? {}) as { kind?: string };
  return createWorldOf(WORLDS, kind, given, { sequenceLength });
}

function describeRule(kind: string, rule: unknown): RuleFacts | null {
  switch (kind) {
    case 'life':
      return { kind, name: nameLifeRule(rule as LifeRule) };
    case 'elementary':
      return { kind, number: rule as number };
    case 'dfa':
      return { kind, edges: (rule as Dfa).edges };
    case 'modular':
      return { kind, ...(rule as ModularRule) };
    default:
      return null;
  }
}

export function nameLifeRule({ birth, survival }: LifeRule): string {
  const digits = (mask: number) => [...Array(9).keys()].filter((n) => (mask >> n) & 1).join('');
  return `B${digits(birth)}/S${digits(survival)}`;
}

/** Frames that a page shows of worlds that have them. */
const LIFE_FRAMES = 120;
const ELEMENTARY_ROWS = 64;
const STREAM_TOKENS = 256;
/** Of the NCA world, whose frames have a page of their own. */
const NCA_TOKENS = 1024;
const MAX_TOKENS = 65_536;

/**
 * Tokens of the sequence that the page draws: what shows a world well, and of tasks what a recipe has by default. Sequences of
 * worlds with frames begin alike, whatever their length.
 */
export function chooseLength(kind: string, options: Readonly<Record<string, unknown>>): number {
  const size = (name: string) => Number(options[name]);
  const framed = (frames: number, patches: number) =>
    Math.ceil(Math.max(2 * (patches + 2), Math.min(MAX_TOKENS, frames * (patches + 2))));
  switch (kind) {
    case 'nca':
      return Math.max(NCA_TOKENS, framed(2, (size('grid') / size('patch')) ** 2));
    case 'life':
      return framed(LIFE_FRAMES, (size('grid') / size('patch')) ** 2);
    case 'elementary':
      return framed(ELEMENTARY_ROWS, size('width') / size('patch'));
    case 'shuffled':
    case 'iid': {
      const { kind: inner = 'nca', ...given } = (options.of ?? {}) as { kind?: string };
      return chooseLength(inner, resolveKind(kind, WORLDS, inner, given).options);
    }
    default: {
      const { contextLength } = WORLDS[kind as keyof typeof WORLDS] as { contextLength?: number };
      return contextLength === undefined ? STREAM_TOKENS : contextLength + 1;
    }
  }
}
