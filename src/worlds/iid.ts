// A control: independent tokens with the frequencies of another world.

import { z } from 'zod';
import { foldIn, type Key, keyFromSeed, threefry } from '../core/index.ts';
import { checkInteger } from './check-options.ts';
import { count } from './count.ts';
import { createOriginal, defineWorld, originalSchema } from './define-world.ts';
import { listCellPlaces } from './shuffled.ts';
import { type AnyWorld, drawSequence, type World } from './world.ts';

/** Default number of sequences in which frequencies are counted. */
const SAMPLE_SEQUENCES = 256;

export type IidStates = { readonly tokens: Int32Array };

export type IidWorld = World<null, IidStates> & {
  /**
   * How often each token occurs in the sample, `[vocabSize]`, delimiters left out: a token's probability is its count
   * over their sum.
   */
  readonly counts: () => Uint32Array;
};

/**
 * Tokens drawn independently from the unigram distribution of `original`, over all its sequences; delimiters stand
 * where they stand there. The distribution is that of `sampleSequences` sequences under a fixed key, counted in
 * integers, so it is the same everywhere; a token that the sample lacks is never drawn.
 *
 * @throws UserError for a sample out of range
 */
export function createIidWorld(original: AnyWorld, sampleSequences = SAMPLE_SEQUENCES): IidWorld {
  checkInteger('iid', 'sampleSequences', sampleSequences, 1, 1e6);
  const places = listCellPlaces(original);
  let sample: Sample | undefined;
  // Counting takes a moment, so it waits until tokens are needed.
  const getSample = () => {
    sample ??= takeSample(original, places, sampleSequences);
    return sample;
  };
  return {
    name: 'iid',
    description: `iid tokens with the frequencies of ${original.description}`,
    learnable: 'frequencies',
    freshRules: false,
    vocabSize: original.vocabSize,
    sequenceLength: original.sequenceLength,
    frame: original.frame,
    frameLength: original.frameLength,
    firstTarget: original.firstTarget,
    counts: () => getSample().counts.slice(),
    sample: () => null,
    rollout: (_, key) => {
      const { layout, cumulative } = getSample();
      const tokens = layout.slice();
      places.forEach((place, i) => {
        tokens[place] = drawToken(cumulative, key, i);
      });
      return { tokens };
    },
    accept: () => true,
    encode: ({ tokens }) => tokens,
    decode: (tokens) => ({ tokens: Int32Array.from(tokens) }),
    render: ({ tokens }) => original.render(original.decode(tokens)),
    planes: ({ tokens }) => original.planes(original.decode(tokens)),
  };
}

/** The control `iid` as a kind. */
export const iid = defineWorld({
  kind: 'iid',
  source: 'a control of arXiv 2603.10055',
  description: 'Independent tokens with the token frequencies of another world.',
  options: z.strictObject({
    of: originalSchema,
    sampleSequences: count
      .default(SAMPLE_SEQUENCES)
      .describe('Sequences of that world from which frequencies are counted.'),
  }),
  create: ({ of, sampleSequences }, context) =>
    createIidWorld(createOriginal(of, context, 'iid.of'), sampleSequences),
});

type Sample = {
  readonly counts: Uint32Array;
  /** Sums of `counts` from the left. */
  readonly cumulative: Uint32Array;
  /** A sequence, for its delimiters. */
  readonly layout: Int32Array;
};

function takeSample(original: AnyWorld, places: readonly number[], sequences: number): Sample {
  const key = foldIn(keyFromSeed(0), 'iid sample');
  const counts = new Uint32Array(original.vocabSize);
  let layout = new Int32Array(0);
  for (let i = 0; i < sequences; i++) {
    layout = drawSequence(original, key, i).tokens.slice();
    for (const place of places) counts[layout[place]!]! += 1;
  }
  let sum = 0;
  const cumulative = counts.map((count) => {
    sum += count;
    return sum;
  });
  return { counts, cumulative, layout };
}

/** Draw number `i` under a key: the first token whose cumulative count exceeds a uniform integer below the total. */
function drawToken(cumulative: Uint32Array, key: Key, i: number): number {
  const words = new Uint32Array(2);
  threefry(key, i, 0, words);
  const unit = ((words[0]! >>> 5) * 2 ** 26 + (words[1]! >>> 6)) * 2 ** -53;
  const threshold = Math.floor(unit * cumulative.at(-1)!);
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! > threshold) high = middle;
    else low = middle + 1;
  }
  return low;
}
