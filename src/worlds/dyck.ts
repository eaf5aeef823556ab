// Dyck-k: matched brackets of k types, the formal-language source that NCA is compared with.

import { z } from 'zod';
import { type Key, threefry } from '../core/index.ts';
import { checkInteger, checkNumber, fillOptions } from './check-options.ts';
import { count } from './count.ts';
import { defineWorld } from './define-world.ts';
import { type Pixels, renderPlanes, tokenPlane } from './plane.ts';
import type { Predictor } from './predictor.ts';
import { chunkLength, type World } from './world.ts';

const options = z.strictObject({
  types: count.default(64).describe('Number of bracket types, k.'),
  maxDepth: count.default(16).describe('Depth of nesting at which a bracket must close.'),
  openProbability: z
    .number()
    .default(0.5)
    .describe('Probability of an opening bracket where a closing one is possible too.'),
});

/** Settings of a Dyck world; the defaults are those of arXiv 2603.10055's comparison. */
export type DyckOptions = z.output<typeof options> & {
  /** Tokens in a sequence; brackets still open at its end stay open. */
  readonly sequenceLength: number;
};

export const DYCK_DEFAULTS: DyckOptions = {
  ...options.parse({}),
  sequenceLength: 1024,
};

export type DyckStates = { readonly tokens: Int32Array };

export type DyckWorld = World<null, DyckStates> & { readonly options: DyckOptions };

/**
 * Prefixes of words of matched brackets ("Dyck, k=64, depth 1-16, p_open .5"). Token t opens type t for t below
 * `types`, and token `types + t` closes it. At depth 0 a bracket opens, at `maxDepth` one closes, and between them one
 * opens with `openProbability`; an opening bracket's type is uniform, a closing one's that of the bracket it closes.
 * There are no delimiters. One law holds for all sequences: nothing is to be inferred from the context but which
 * brackets are open.
 *
 * Position t draws from the words of `threefry(key, t, 0)`: it opens when the first, over 2^32, is below
 * `openProbability`; the second times `types` over 2^32 is the type.
 *
 * @throws UserError for wrong options
 */
export function createDyckWorld(given: Partial<DyckOptions> = {}): DyckWorld {
  const options = fillOptions('dyck', DYCK_DEFAULTS, given);
  checkInteger('dyck', 'types', options.types, 1, 2 ** 20);
  checkInteger('dyck', 'maxDepth', options.maxDepth, 1, 2 ** 20);
  checkNumber('dyck', 'openProbability', options.openProbability, 0, 1);
  checkInteger('dyck', 'sequenceLength', options.sequenceLength, 2, 2 ** 31);
  const { types, maxDepth, openProbability, sequenceLength } = options;
  return {
    name: 'dyck',
    description: `dyck: ${types} types, depth up to ${maxDepth}, opens with probability ${openProbability}`,
    options,
    learnable: 'fixed',
    freshRules: false,
    vocabSize: 2 * types,
    sequenceLength,
    frame: null,
    oracle: () => createBracketOracle(options),
    frameLength: chunkLength(sequenceLength),
    firstTarget: 1,
    sample: () => null,
    rollout: (_, key) => ({ tokens: drawBrackets(options, key) }),
    accept: () => true,
    encode: ({ tokens }) => tokens,
    decode: (tokens) => ({ tokens: Int32Array.from(tokens) }),
    render: ({ tokens }) => renderDepth(dyckDepths(types, tokens)),
    planes: ({ tokens }) => [tokenPlane(tokens, chunkLength(sequenceLength))],
  };
}

/** Dyck words as a kind (arXiv 2603.10055). */
export const dyck = defineWorld({
  kind: 'dyck',
  source: 'arXiv 2603.10055',
  description: 'Prefixes of strings of matched brackets of k types (Dyck words).',
  options,
  create: (given, { sequenceLength }) => createDyckWorld({ ...given, sequenceLength }),
});

/** Knows the law and which brackets are open: the exact distribution of the next token. */
function createBracketOracle({ types, maxDepth, openProbability }: DyckOptions): Predictor {
  const open: number[] = [];
  return {
    reset: () => {
      open.length = 0;
    },
    logProbability(token) {
      const opening = open.length === 0 ? 1 : open.length < maxDepth ? openProbability : 0;
      if (token < types) return Math.log(opening / types);
      return Math.log(token - types === open.at(-1) ? 1 - opening : 0);
    },
    observe(token) {
      if (token < types) open.push(token);
      else open.pop();
    },
  };
}

function drawBrackets(options: DyckOptions, key: Key): Int32Array {
  const { types, maxDepth, openProbability } = options;
  const tokens = new Int32Array(options.sequenceLength);
  const open = new Int32Array(maxDepth);
  const words = new Uint32Array(2);
  let depth = 0;
  for (let t = 0; t < tokens.length; t++) {
    threefry(key, t, 0, words);
    const opens = depth === 0 || (depth < maxDepth && words[0]! * 2 ** -32 < openProbability);
    if (opens) {
      const type = Math.floor(words[1]! * 2 ** -32 * types);
      tokens[t] = type;
      open[depth++] = type;
    } else {
      tokens[t] = types + open[--depth]!;
    }
  }
  return tokens;
}

/**
 * Open brackets after each token; null from the first token on that closes what is not open, or is not a bracket.
 */
export function dyckDepths(types: number, tokens: ArrayLike<number>): (number | null)[] {
  const open: number[] = [];
  let wrong = false;
  return Array.from(tokens, (token) => {
    if (token >= 0 && token < types) open.push(token);
    else wrong ||= open.pop() !== token - types;
    return wrong ? null : open.length;
  });
}

/** Depth over position, one column per token; nothing is drawn from the first wrong token on. */
function renderDepth(depths: readonly (number | null)[]): Pixels {
  const height = Math.max(1, ...depths.map((depth) => depth ?? 0));
  const width = depths.length;
  const cells = new Uint8Array(height * width);
  depths.forEach((depth, x) => {
    for (let y = 0; y < (depth ?? 0); y++) cells[(height - 1 - y) * width + x] = 3;
  });
  return renderPlanes([{ width, height, cells }]);
}
