// Each predictor against sequences worked out by hand.

import { describe, expect, test } from 'vitest';
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
import { PREDICTORS_VERSION } from './create-predictors.ts';
import type { GateWorld } from './gate-world.ts';
import { createCopyPredictor, createUnigramPredictor } from './global-predictors.ts';
import { measureBaselines } from './judge-gate.ts';
import { mixLosses } from './mix-losses.ts';
import { scoreSequences } from './score-sequences.ts';

// Frames of start, four tokens of one cell each in a 2×2 grid, end; cells are 0 and 1.
const [START, END] = [2, 3];
const FRAME = 6;
const FRAMED = {
  height: 2,
  width: 2,
  patch: { height: 1, width: 1 },
  colors: 2,
  delimiters: { start: START, end: END },
};
const WORLD = {
  vocabSize: 4,
  sequenceLength: 18,
  learnable: 'in-context',
  freshRules: true,
  frame: FRAMED,
  frameLength: FRAME,
  firstTarget: FRAME,
} as const satisfies GateWorld;

const frames = (...cells: readonly string[]) =>
  Int32Array.from(cells.flatMap((frame) => [START, ...[...frame].map(Number), END]));

/** One global count each, so that both cells have the frequency 1/2. */
const EVEN = [frames('0101', '0101', '0101')];

/** Probabilities of the cells' tokens of a sequence. */
function probabilities(
  contexts: Contexts,
  weights: readonly number[],
  tokens: Int32Array,
  world: GateWorld = WORLD,
): number[] {
  const options = { training: EVEN, remember: false, weights };
  const [losses] = scoreSequences(world, createBackoffPredictor(world, contexts, options), [
    tokens,
  ]);
  const place = (i: number) => (i + world.firstTarget) % world.frameLength;
  return [...losses!]
    .filter((_, i) => world.frame === null || (place(i) !== 0 && place(i) !== FRAME - 1))
    .map((loss) => Math.exp(-loss));
}

const expectNear = (found: readonly number[], expected: readonly number[]) => {
  expect(found).toHaveLength(expected.length);
  found.forEach((p, i) => {
    expect(p, `${i}`).toBeCloseTo(expected[i]!, 12);
  });
};

describe('global predictors', () => {
  // Targets of the training: 0, 0, 0, 1 and 0, 0, 0, 0; one more of each: 0 has 8 of 10, 1 has 2 of 10.
  const training = [frames('1111', '0001', '0000')];
  const heldOut = frames('1111', '0110', '0010');

  test('the unigram knows frequencies over all training targets, and delimiters for certain', () => {
    const [losses] = scoreSequences(WORLD, createUnigramPredictor(WORLD, training), [heldOut]);
    const found = [...losses!].map((loss) => Math.exp(-loss));
    expectNear(found, [1, 0.8, 0.2, 0.2, 0.8, 1, 1, 0.8, 0.8, 0.2, 0.8, 1]);
  });

  test('the copy gives the share of repetitions to the token a frame before', () => {
    // Of the eight training targets 1 of the first frame and 3 of the second repeat: (4 + 1) / (8 + 2).
    const [losses] = scoreSequences(WORLD, createCopyPredictor(WORLD, training), [heldOut]);
    const found = [...losses!].map((loss) => Math.exp(-loss));
    const [zero, one] = [0.5 * 0.8, 0.5 * 0.2];
    const first = [zero, one + 0.5, one + 0.5, zero];
    const second = [zero + 0.5, zero, one + 0.5, zero + 0.5];
    expectNear(found, [1, ...first, 1, 1, ...second, 1]);
  });
});

describe('counting in context', () => {
  test('the unigram counts the sequence so far, the first frame too', () => {
    const tokens = frames('0001', '0101', '1111');
    // Weight 2 on frequencies of 1/2 each: (count + 1) / (total + 2).
    const expected = [4 / 6, 2 / 7, 5 / 8, 3 / 9, 4 / 10, 5 / 11, 6 / 12, 7 / 13];
    expectNear(probabilities(noContext(WORLD), [2], tokens), expected);
  });

  test('n-grams back off order by order', () => {
    const stream = { ...WORLD, frame: null, sequenceLength: 5, firstTarget: 1, frameLength: 1 };
    const tokens = Int32Array.of(0, 1, 0, 1, 0);
    const options = { training: [Int32Array.of(0, 1, 2, 3)], remember: false, weights: [4, 1, 1] };
    const predictor = createBackoffPredictor(stream, precedingTokens(stream, 2), options);
    const [losses] = scoreSequences(stream, predictor, [tokens]);
    // Four ids, a quarter each: weight 4 adds one count to each.
    const unigrams = [1 / 5, 2 / 6, 2 / 7, 3 / 8];
    // After 0 (seen before token 3: once, with 1), after 1 (before token 4: once, with 0).
    const third = (1 + unigrams[2]!) / 2;
    const fourth = (1 + (1 + unigrams[3]!) / 2) / 2;
    // Token 3 follows 1, 0, which is new; token 4 follows 0, 1, which came before token 2.
    expectNear(
      [...losses!].map((loss) => Math.exp(-loss)),
      [unigrams[0]!, unigrams[1]!, third, fourth],
    );
  });

  test('the same place looks a frame back, and at tokens just before', () => {
    const tokens = frames('0011', '1100', '0011');
    const unigram = (count: number, total: number) => (count + 1) / (total + 2);
    // Frame 2: 0 → 1 and 1 → 0 without exception, each seen twice at the end of frame 1.
    const alone = probabilities(samePlace(WORLD, 0), [2, 1], tokens);
    expectNear(alone.slice(0, 4), [
      unigram(2, 4),
      // 0 was followed by 1.
      (1 + unigram(3, 5)) / 2,
      unigram(2, 6),
      (1 + unigram(3, 7)) / 2,
    ]);
    expectNear(alone.slice(4), [
      (2 + unigram(4, 8)) / 3,
      (3 + unigram(5, 9)) / 4,
      (2 + unigram(4, 10)) / 3,
      (3 + unigram(5, 11)) / 4,
    ]);
    // With the token before: the first cell of frame 2 follows START under 1, which is new; so alone decides.
    const two = probabilities(samePlace(WORLD, 1), [2, 1, 1], tokens);
    expect(two[4]).toBeCloseTo(alone[4]!, 12);
    // The second: 1 above, 0 before. New as well. The third: 0 above, 0 before: new, the fourth: 0 above, 1 before: 1 came.
    expect(two[7]).toBeCloseTo((1 + alone[7]!) / 2, 12);
  });

  test('the same place looks several frames back, then at tokens just before', () => {
    const tokens = frames('0011', '1100', '0011', '1100');
    const world = { ...WORLD, sequenceLength: 24 };
    const one = probabilities(samePlace(world, 0), [2, 1], tokens, world);
    const two = probabilities(samePlace(world, 0, 2), [2, 1, 1], tokens, world);
    // In frame 1 there is one frame to look at.
    expectNear(two.slice(0, 4), one.slice(0, 4));
    // Frame 2: after 1, 0 (new, then seen once with 0), and after 0, 1.
    const [a, b, c, d] = one.slice(4, 8);
    expectNear(two.slice(4, 8), [a!, (1 + b!) / 2, c!, (1 + d!) / 2]);
    // Frame 3: each has been seen twice, or three times, with what comes.
    const [e, f, g, h] = one.slice(8);
    expectNear(two.slice(8), [(2 + e!) / 3, (3 + f!) / 4, (2 + g!) / 3, (3 + h!) / 4]);
    const three = probabilities(samePlace(world, 1, 2), [2, 1, 1, 1], tokens, world);
    expectNear(three.slice(0, 4), two.slice(0, 4));
    // The second token of frame 3: 0 and 1 there, after a 1, as once in frame 2, with a 1.
    expect(three[9]).toBeCloseTo((1 + two[9]!) / 2, 12);
  });

  test('a whole frame seen before is followed by what followed it', () => {
    const tokens = frames('0011', '0110', '0011', '0110');
    const world = { ...WORLD, sequenceLength: 24 };
    const same = probabilities(samePlace(world, 0), [2, 1], tokens, world);
    const found = probabilities(wholeFrame(world), [2, 1, 0.25], tokens, world);
    expectNear(found.slice(0, 8), same.slice(0, 8));
    expectNear(
      found.slice(8),
      same.slice(8).map((p) => (1 + 0.25 * p) / 1.25),
    );
  });
});

describe('cell by cell, without the neighborhood', () => {
  // A row of four cells in patches of two: a token is left + 2 · right.
  const frame = {
    height: 1,
    width: 4,
    patch: { height: 1, width: 2 },
    colors: 2,
    delimiters: { start: 4, end: 5 },
  };
  const row = { ...WORLD, frame, vocabSize: 6, frameLength: 4, firstTarget: 4 };
  const even = { training: [Int32Array.of(4, 2, 2, 5)], remember: false };
  const pairs = (...tokens: readonly (readonly [number, number])[]) =>
    Int32Array.from(tokens.flatMap((both) => [4, ...both, 5]));
  const score = (contexts: Contexts, weights: readonly number[], tokens: Int32Array) => {
    const world = { ...row, sequenceLength: tokens.length };
    const predictor = createBackoffPredictor(world, contexts, { ...even, weights });
    const [losses] = scoreSequences(world, predictor, [tokens]);
    return [...losses!].map((loss) => Math.exp(-loss));
  };
  /** The level below where one of the last two cells in ten is predicted, three of which are ones: weight 2. */
  const zero = (7 + 1) / 12;

  test('frequencies are those of the cells so far, of both of a token before either is counted', () => {
    const found = score(cellFrequencies(row), [2], pairs([0, 2], [1, 0]));
    // Cells 1, 0 after 0, 0, 0, 1; then 0, 0 after these.
    expectNear(found, [1, (2 / 6) * (4 / 6), (5 / 8) ** 2, 1]);
  });

  test('the own patch is the patch a frame before, seen from a cell’s place in it', () => {
    const tokens = pairs([0, 2], [1, 0], [2, 0]);
    const contexts = { ...ownPatch(row), levels: [3] };
    const found = score(contexts, [2, 1], tokens);
    // Patches before the last two tokens: 1, 0, which is new; and 0, 0, which became 1, 0.
    expect(found[5]).toBeCloseTo((7 / 10) * (3 / 10), 12);
    expect(found[6]).toBeCloseTo((zero / 2) * ((1 + zero) / 2), 12);
  });

  test('then what is written of the patch, which is what a token would write', () => {
    const tokens = pairs([0, 2], [1, 0], [2, 0]);
    const contexts = { ...ownPatch(row), levels: [4] };
    const world = { ...row, sequenceLength: 12 };
    const predictor = createBackoffPredictor(world, contexts, { ...even, weights: [2, 1] });
    predictor.reset();
    for (const token of tokens.subarray(0, 10)) predictor.observe(token);
    // After a patch 0, 0: first cell 1, then, after that 1, 0.
    const expected = [
      (zero / 2) * zero,
      ((1 + 1 - zero) / 2) * ((1 + zero) / 2),
      (zero / 2) * (1 - zero),
      ((1 + 1 - zero) / 2) * ((1 - zero) / 2),
    ];
    const ask = () => expected.map((_, token) => Math.exp(predictor.logProbability(token)));
    expectNear(ask(), expected);
    expectNear(ask(), expected);
  });

  test('then the patch two frames before', () => {
    const [a, b] = [
      [0, 2],
      [1, 0],
    ] as const;
    const found = score({ ...ownPatch(row), levels: [6] }, [2, 1], pairs(a, b, a, b, a));
    // The last frame: both frames before were so once, with what comes. Of 16 and 18 cells, 4 were ones.
    expect(found[13]).toBeCloseTo(((1 + 13 / 18) / 2) ** 2, 12);
    expect(found[14]).toBeCloseTo(((1 + 15 / 20) / 2) * ((1 + 5 / 20) / 2), 12);
  });

  test('the written cells are the neighbors above and to the left, none around the edge', () => {
    const tokens = frames('0011', '1100', '0011', '1100', '0111');
    const world = { ...WORLD, sequenceLength: 30 };
    // The same cell in two frames, left, above.
    const contexts = { ...writtenNeighbors(world), levels: [4] };
    const found = probabilities(contexts, [2, 1], tokens, world);
    expectNear(found.slice(12), [
      // After 1, 0, nothing written: as in frame 2, with 0.
      (1 + 9 / 18) / 2,
      // After 1, 0, to the left 0: as there, with 0.
      9 / 19 / 2,
      // After 0, 1, above 0, nothing to the left: as there, with 1.
      (1 + 10 / 20) / 2,
      // After 0, 1, to the left 1, and above 1, where it was 0: new.
      11 / 21,
    ]);
    // In a row there is no above.
    expect(writtenNeighbors(row).levels).toEqual([1, 2, 3, 4]);
  });
});

describe('the mixture', () => {
  const losses = (...probabilities: readonly number[]) =>
    Float64Array.from(probabilities, (p) => 0 - Math.log(p));

  test('trusts who predicted well before, and begins anew in each sequence', () => {
    const first = [losses(0.5, 1, 0.25), losses(0.5)];
    const second = [losses(0.25, 1, 0.5), losses(0.25)];
    const found = mixLosses([first, second]).map((row) => [...row].map((loss) => Math.exp(-loss)));
    // Even at first; then as 2^.98 to 1; a certainty between them changes nothing.
    const weight = 2 ** 0.98 / (2 ** 0.98 + 1);
    expectNear(found[0]!, [3 / 8, 1, weight / 4 + (1 - weight) / 2]);
    expectNear(found[1]!, [3 / 8]);
  });

  test('of one is that one, however improbable', () => {
    const row = Float64Array.of(0.5, 2000, 0, 3);
    expectNear([...mixLosses([[row]])[0]!], [...row]);
    const [both] = mixLosses([[row], [row]]);
    expectNear([...both!], [...row]);
  });
});

describe('look-ups of the neighborhood', () => {
  // Each cell becomes its left neighbor: in a ring of four, patches of one.
  const RING = { ...FRAMED, height: 1, width: 4 };
  const world = { ...WORLD, frame: RING };
  const tokens = frames('0001', '1000', '0100');

  test('of tokens takes center, left and right', () => {
    // Only the whole neighborhood, straight to frequencies.
    const contexts = { ...neighboringTokens(world), levels: [3] };
    const found = probabilities(contexts, [2, 1], tokens, world);
    const unigram = (count: number, total: number) => (count + 1) / (total + 2);
    // Frame 1 has four neighborhoods (center, left, right): 0 1 0, 0 0 0, 0 0 1, 1 0 0: all new.
    const first = [unigram(1, 4), unigram(3, 5), unigram(4, 6), unigram(5, 7)];
    // Frame 2: 1 0 0 → 0, 0 1 0 → 1, 0 0 0 → 0, 0 0 1 → 0, each seen once.
    const second = [unigram(6, 8), unigram(2, 9), unigram(7, 10), unigram(8, 11)];
    expectNear(found, [...first, ...second.map((p) => (1 + p) / 2)]);
  });

  test('of cells sees through patches: tokens are products over their cells', () => {
    // The same sequence in patches of two cells: a token is left + 2 · right.
    const wide = { ...RING, patch: { height: 1, width: 2 }, delimiters: { start: 4, end: 5 } };
    const patched = { ...world, frame: wide, vocabSize: 6, frameLength: 4, firstTarget: 4 };
    const pairs = Int32Array.of(4, 0, 2, 5, 4, 1, 0, 5, 4, 2, 0, 5);
    const cells = { ...neighboringCells(patched), levels: [3] };
    const even = { training: [Int32Array.of(4, 2, 2, 5)], remember: false, weights: [2, 1] };
    const own = { ...patched, sequenceLength: 12 };
    const [losses] = scoreSequences(own, createBackoffPredictor(own, cells, even), [pairs]);
    // Cells 1 and 0 after three zeros and a one: neither is counted before both are predicted.
    expect(Math.exp(-losses![1]!)).toBeCloseTo((2 / 6) * (4 / 6), 12);
    // Cells 0 and 1 after six zeros and two ones, in neighborhoods 1 0 0 and 0 1 0, of which each was seen once.
    expect(Math.exp(-losses![5]!)).toBeCloseTo(((1 + 7 / 10) / 2) * ((1 + 3 / 10) / 2), 12);
  });

  test('of cells equals that of tokens where a token is a cell', () => {
    const weights = [2, 1, 3, 0.5, 1, 2, 1, 4, 1, 0.25];
    const found = probabilities(neighboringCells(WORLD), weights, frames('0110', '1011', '0111'));
    expectNear(
      found,
      probabilities(neighboringTokens(WORLD), weights, frames('0110', '1011', '0111')),
    );
  });
});

describe('what is remembered', () => {
  test('training sequences are known in every held-out one, and no held-out one in the next', () => {
    const contexts = samePlace(WORLD, 0);
    const training = [frames('0011', '1100', '0011')];
    const options = { training, remember: true, weights: [2, 1] };
    const predictor = createBackoffPredictor(WORLD, contexts, options);
    const heldOut = frames('0000', '1111', '1111');
    const [first, other, again] = scoreSequences(WORLD, predictor, [
      heldOut,
      frames('1111', '1111', '1111'),
      heldOut,
    ]);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    // 0 became 1 four times in training; of ones there is none yet, of zeros four: (0 + 1) / (4 + 2).
    expect(Math.exp(-first![1]!)).toBeCloseTo((4 + 1 / 6) / 5, 12);
  });
});

test('masked targets have no loss', () => {
  const world = {
    ...WORLD,
    targets: (tokens: ArrayLike<number>) => Uint8Array.from(tokens, (_, t) => Number(t === 8)),
  };
  const [losses] = scoreSequences(world, createUnigramPredictor(world, EVEN), EVEN);
  expect([...losses!].map((loss) => loss > 0)).toEqual([...losses!].map((_, i) => i === 2));
});

test('the set of predictors has a number, which rises when the set changes', () => {
  const nameAll = (world: GateWorld, sequence: Int32Array) =>
    measureBaselines(world, [sequence, sequence], [sequence]).baselines.map(
      ({ name, kind }) => `${kind}: ${name}`,
    );
  const inRow = (width: number) => {
    const [start, end] = [2 ** width, 2 ** width + 1];
    const patch = { height: 1, width };
    const frame = { height: 1, width: 2 * width, patch, colors: 2, delimiters: { start, end } };
    const sizes = { vocabSize: end + 1, frameLength: 4, firstTarget: 4, sequenceLength: 12 };
    const sequence = [0, 1, 2].flatMap(() => [start, 1, 2, end]);
    return nameAll({ ...WORLD, ...sizes, frame }, Int32Array.from(sequence));
  };
  const before = [
    'global: global unigram',
    'global: copy of the place',
    'blind: in-context unigram',
  ];
  const places = [
    'blind: same place',
    'blind: same place + 4',
    'blind: same place, 3 frames + 4',
    'blind: whole frame',
  ];
  const after = [
    'blind: same cell + written cells',
    'blind: blind mixture',
    'lookup: 3×3 tokens',
    'lookup: 3×3 cells',
  ];
  expect(PREDICTORS_VERSION).toBe(2);
  expect(nameAll(WORLD, EVEN[0]!)).toEqual([
    ...before,
    'blind: n-gram up to 5',
    ...places,
    ...after,
  ]);
  const grams = ['blind: in-context cells', 'blind: n-gram up to 3'];
  expect(inRow(2)).toEqual([...before, ...grams, ...places, 'blind: own patch', ...after]);
  // A patch that holds all of a cell's neighborhood would be no blind one.
  expect(inRow(3)).toEqual([...before, ...grams, ...places, ...after]);
  expect(nameAll({ ...WORLD, frame: null, frameLength: 3, firstTarget: 1 }, EVEN[0]!)).toEqual([
    'global: global unigram',
    'blind: in-context unigram',
    'blind: n-gram up to 12',
  ]);
});
