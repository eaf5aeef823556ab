import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GateInput, type GateWorld, judgeGate } from './gate.ts';

// Frames of start, two cells, end; cells are 0..3.
const START = 4;
const END = 5;
const FRAME = 4;
const WORLD = {
  vocabSize: 6,
  learnable: 'in-context',
  framed: true,
  frameLength: FRAME,
  firstTarget: FRAME,
} as const satisfies GateWorld;

const sequence = (...frames: readonly (readonly [number, number])[]) =>
  Int32Array.from(frames.flatMap(([a, b]) => [START, a, b, END]));
const targetsOf = (tokens: Int32Array) => tokens.subarray(FRAME);

/** A model by what it predicts and loses at position t of a sequence. */
function judge(
  heldOut: readonly Int32Array[],
  model: (tokens: Int32Array, t: number) => { predicts: number; loss: number },
  training: readonly Int32Array[] = heldOut,
  world: GateWorld = WORLD,
) {
  const positions = (tokens: Int32Array) =>
    Array.from({ length: tokens.length - world.firstTarget }, (_, i) =>
      model(tokens, i + world.firstTarget),
    );
  return judgeGate({
    world,
    training,
    heldOut,
    losses: heldOut.map((tokens) => positions(tokens).map(({ loss }) => loss)),
    predictions: heldOut.map((tokens) => positions(tokens).map(({ predicts }) => predicts)),
  });
}

const MOVING = [
  sequence([0, 1], [2, 3], [1, 0], [3, 2]),
  sequence([1, 1], [2, 0], [0, 3], [1, 2]),
  sequence([3, 0], [0, 1], [2, 2], [3, 1]),
];

describe('judgeGate', () => {
  test('a model that infers the rule from the first frames passes', () => {
    const result = judge(MOVING, (tokens, t) => {
      const knows = t >= 2 * FRAME;
      return { predicts: knows ? tokens[t]! : START, loss: knows ? 0.01 : 1 };
    });
    expect(result.passed).toBe(true);
    expect(result.accuracyByFrame).toEqual([0, 1, 1]);
    // Least squares through (0, 0), (1, 1), (2, 1), the same in every sequence.
    expect(result.slope).toEqual({ mean: 0.5, standardError: 0 });
    expect(result.firstFrame).toBe(1);
    expect(result.lossByFrame[0]).toBeCloseTo(1);
    expect(result.lossByFrame[2]).toBeCloseTo(0.01);
    expect(result.reasons).toHaveLength(3);
    expect(result.reasons.join(' ')).not.toContain('NOT');
  });

  test('a model that knows everything at once has inferred nothing in context', () => {
    const result = judge(MOVING, (tokens, t) => ({ predicts: tokens[t]!, loss: 0 }));
    expect(result.heldOutLoss).toBe(0);
    expect(result.accuracyByFrame).toEqual([1, 1, 1]);
    expect(result.passed).toBe(false);
    expect(result.reasons.map((reason) => reason.includes('NOT'))).toEqual([false, false, true]);
  });

  test('a model that copies the frame before loses to the copy baseline', () => {
    const still = [sequence([1, 2], [1, 2], [1, 2]), sequence([3, 0], [3, 0], [3, 0])];
    const baseline = judge(still, () => ({ predicts: 0, loss: 0 })).copyLoss!;
    const result = judge(still, (tokens, t) => ({ predicts: tokens[t - FRAME]!, loss: baseline }));
    expect(result.copyAccuracyByFrame).toEqual([1, 1]);
    expect(result.heldOutLoss).toBeCloseTo(result.copyLoss!, 12);
    expect(result.copyLoss).toBeLessThan(result.unigramLoss);
    expect(result.passed).toBe(false);
    const better = judge(still, (_, t) => ({ predicts: t < 8 ? 9 : 1, loss: baseline / 2 }));
    expect(better.reasons[1]).toContain('is below the copy-previous-frame baseline');
  });

  test('a model that guesses unigrams is not below the unigram baseline', () => {
    const counts = new Map<number, number>();
    const targets = MOVING.flatMap((tokens) => [...targetsOf(tokens)]);
    for (const token of targets) counts.set(token, (counts.get(token) ?? 0) + 1);
    const result = judge(MOVING, (tokens, t) => ({
      predicts: START,
      loss: -Math.log((counts.get(tokens[t]!)! + 1) / (targets.length + WORLD.vocabSize)),
    }));
    expect(result.heldOutLoss).toBeCloseTo(result.unigramLoss, 12);
    expect(result.passed).toBe(false);
    expect(result.reasons[0]).toMatch(/NOT below the unigram/);
  });

  test('baselines come from training sequences alone, with one count for what they lack', () => {
    const training = [sequence([0, 0], [0, 0])];
    const heldOut = [sequence([3, 3], [3, 0])];
    const { unigramLoss, copyLoss } = judge(heldOut, () => ({ predicts: 0, loss: 0 }), training);
    // Training targets: start, 0, 0, end. Smoothed over 6 ids: 0 has 3/10, start and end 2/10, 3 has 1/10.
    const p = { start: 0.2, three: 0.1, zero: 0.3, end: 0.2 };
    const unigram = Object.values(p).reduce((sum, x) => sum - Math.log(x), 0) / 4;
    expect(unigramLoss).toBeCloseTo(unigram, 12);
    // All 4 training targets repeat: (4 + 1) / (4 + 2). Held out: start, 3 and end repeat, 0 does not.
    const share = 5 / 6;
    const mixed = (q: number, repeats: boolean) => (repeats ? share : 0) + (1 - share) * q;
    const probabilities = [
      mixed(p.start, true),
      mixed(p.three, true),
      mixed(p.zero, false),
      mixed(p.end, true),
    ];
    const copy = probabilities.reduce((sum, x) => sum - Math.log(x), 0) / 4;
    expect(copyLoss).toBeCloseTo(copy, 12);
  });

  test('delimiters count in losses and not in accuracy', () => {
    const onlyDelimiters = judge(MOVING, (tokens, t) => ({
      predicts: tokens[t]! >= START ? tokens[t]! : 9,
      loss: tokens[t]! >= START ? 0 : 4,
    }));
    expect(onlyDelimiters.accuracyByFrame).toEqual([0, 0, 0]);
    expect(onlyDelimiters.lossByFrame).toEqual([4, 4, 4]);
    expect(onlyDelimiters.heldOutLoss).toBe(2);
  });

  test('a partial last frame is shown, and left out of the slope', () => {
    const cut = MOVING.map((tokens) => tokens.slice(0, -2));
    const model = (lastHit: boolean) =>
      judge(cut, (tokens, t) => {
        const hit = t >= 3 * FRAME ? lastHit : t >= 2 * FRAME;
        return { predicts: hit ? tokens[t]! : 9, loss: 0.1 };
      });
    const [miss, hit] = [model(false), model(true)];
    expect(miss.accuracyByFrame).toEqual([0, 1, 0]);
    expect(hit.accuracyByFrame).toEqual([0, 1, 1]);
    expect(hit.slope).toEqual(miss.slope);
    expect(miss.slope.mean).toBe(1);
  });

  test('accuracy that rises in some sequences only must clear two standard errors', () => {
    const slopes = (rising: number) => {
      const heldOut = Array.from({ length: 10 }, (): Int32Array => MOVING[0]!.slice());
      const risers = new Set(heldOut.slice(0, rising));
      return judge(heldOut, (tokens, t) => ({
        predicts: risers.has(tokens) && t >= 3 * FRAME ? tokens[t]! : 9,
        loss: 0,
      }));
    };
    // Accuracies 0, 0, 1 have slope 1/2; two of ten do, eight are flat.
    const { slope } = slopes(2);
    const deviation = Math.sqrt((2 * 0.4 ** 2 + 8 * 0.1 ** 2) / 9);
    expect(slope.mean).toBeCloseTo(0.1, 12);
    expect(slope.standardError).toBeCloseTo(deviation / Math.sqrt(10), 12);
    expect(slopes(2).passed).toBe(false);
    expect(slopes(3).passed).toBe(false);
    expect(slopes(5).passed).toBe(true);
  });

  test('fails, and never throws, where there is nothing to judge', () => {
    const knows = (tokens: Int32Array, t: number) => ({
      predicts: t >= 2 * FRAME ? tokens[t]! : 9,
      loss: 0,
    });
    const one = judge([MOVING[0]!], knows);
    expect(one.passed).toBe(false);
    expect(one.reasons[2]).toContain('cannot be judged');
    const lost = judge(MOVING, () => ({ predicts: 0, loss: Number.NaN }));
    expect(lost.passed).toBe(false);
    expect(lost.reasons[0]).toContain('NaN is NOT below');
    // Only a delimiter to predict: no cell, no frame.
    const short = judge(
      MOVING.map((tokens) => tokens.slice(0, FRAME + 1)),
      knows,
    );
    expect(short).toMatchObject({ passed: false, accuracyByFrame: [], slope: { mean: 0 } });
    expect(judge([], knows, []).passed).toBe(false);
  });

  test('a fixed law must be learnt, not inferred: accuracy need not rise', () => {
    const fixed = { ...WORLD, learnable: 'fixed' } as const;
    const knows = (tokens: Int32Array, t: number) => ({ predicts: tokens[t]!, loss: 0 });
    const result = judge(MOVING, knows, MOVING, fixed);
    expect(result.passed).toBe(true);
    expect(result.reasons).toHaveLength(2);
    const guesses = judge(MOVING, () => ({ predicts: 9, loss: 9 }), MOVING, fixed);
    expect(guesses.passed).toBe(false);
    expect(guesses.control).toBe(false);
  });

  test('without frames nothing is copied, and chunks are counted to the first target', () => {
    const stream = { ...WORLD, framed: false, firstTarget: 1 } as const;
    const heldOut = MOVING.map((tokens) => tokens.slice(0, 14));
    const result = judge(
      heldOut,
      (tokens, t) => ({ predicts: t >= 2 * FRAME ? tokens[t]! : 9, loss: t < 8 ? 1 : 0.1 }),
      heldOut,
      stream,
    );
    // Targets 1..13 in chunks of 4: three of the first chunk, all of two, two of the last, which is cut.
    expect(result.accuracyByFrame).toEqual([0, 0, 1, 1]);
    expect(result.firstFrame).toBe(0);
    expect(result.copyLoss).toBeNull();
    expect(result.copyAccuracyByFrame).toEqual([]);
    // Least squares through (0, 0), (1, 0), (2, 1).
    expect(result.slope.mean).toBeCloseTo(0.5, 12);
    expect(result.reasons).toHaveLength(2);
    expect(result.reasons[1]).toContain("rises with the chunk's number");
    expect(result.passed).toBe(true);
    const flat = (tokens: Int32Array, t: number) => ({ predicts: tokens[t]!, loss: 0 });
    expect(judge(heldOut, flat, heldOut, stream).passed).toBe(false);
    const fixed = { ...stream, learnable: 'fixed' } as const;
    expect(judge(heldOut, flat, heldOut, fixed).passed).toBe(true);
  });

  test('nothing is asked of a control, however well or badly it is predicted', () => {
    const control = { ...WORLD, learnable: 'frequencies' } as const;
    for (const loss of [0, 9]) {
      const result = judge(MOVING, (_, t) => ({ predicts: t, loss }), MOVING, control);
      expect(result).toMatchObject({ passed: false, control: true, heldOutLoss: loss });
      expect(result.reasons[0]).toContain('control');
      expect(result.reasons.join(' ')).not.toContain('NOT');
    }
  });
});

/** The same findings, written out one frame and one target at a time. */
function referenceGate(input: GateInput) {
  const { vocabSize, frameLength, firstTarget } = input.world;
  const all = (sequences: readonly Int32Array[]) =>
    sequences.flatMap((tokens, s) =>
      Array.from({ length: tokens.length - firstTarget }, (_, i) => ({
        s,
        i,
        t: firstTarget + i,
        token: tokens[firstTarget + i]!,
        before: tokens[firstTarget + i - frameLength],
      })),
    );
  const training = all(input.training);
  const p = (token: number) =>
    (training.filter((target) => target.token === token).length + 1) /
    (training.length + vocabSize);
  const share =
    (training.filter(({ token, before }) => token === before).length + 1) / (training.length + 2);
  const targets = all(input.heldOut);
  const average = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const cells = targets.filter(
    ({ t }) => t % frameLength !== 0 && t % frameLength !== frameLength - 1,
  );
  const frames = [...new Set(cells.map(({ t }) => Math.floor(t / frameLength)))].sort(
    (a, b) => a - b,
  );
  const byFrame = (value: (target: (typeof cells)[number]) => number) =>
    frames.map((frame) =>
      average(cells.filter(({ t }) => Math.floor(t / frameLength) === frame).map(value)),
    );
  return {
    heldOutLoss: average(targets.map(({ s, i }) => input.losses[s]![i]!)),
    unigramLoss: average(targets.map(({ token }) => -Math.log(p(token)))),
    copyLoss: average(
      targets.map(
        ({ token, before }) => -Math.log((token === before ? share : 0) + (1 - share) * p(token)),
      ),
    ),
    accuracyByFrame: byFrame(({ s, i, token }) => Number(input.predictions[s]![i] === token)),
    copyAccuracyByFrame: byFrame(({ token, before }) => Number(token === before)),
    lossByFrame: byFrame(({ s, i }) => input.losses[s]![i]!),
  };
}

test('judgeGate agrees with a reference that counts target by target', () => {
  const inputs = fc
    .record({
      patches: fc.integer({ min: 1, max: 4 }),
      extra: fc.integer({ min: 2, max: 25 }),
      sequences: fc.integer({ min: 2, max: 4 }),
      seed: fc.integer({ min: 1, max: 1e6 }),
    })
    .map(({ patches, extra, sequences, seed }) => {
      let state = seed;
      const draw = (n: number) => {
        state = (state * 48271) % 2147483647;
        return state % n;
      };
      const frameLength = patches + 2;
      const length = frameLength + extra;
      const tokens = () => Int32Array.from({ length }, () => draw(5));
      const many = <T>(make: () => T) => Array.from({ length: sequences }, make);
      return {
        world: { ...WORLD, vocabSize: 5, frameLength, firstTarget: frameLength },
        training: many(tokens),
        heldOut: many(tokens),
        losses: many(() => Array.from({ length: extra }, () => draw(1000) / 200)),
        predictions: many(() => Array.from({ length: extra }, () => draw(5))),
      } satisfies GateInput;
    });
  fc.assert(
    fc.property(inputs, (input) => {
      const found = judgeGate(input);
      for (const [name, expected] of Object.entries(referenceGate(input))) {
        const actual = found[name as keyof typeof found] as number | number[];
        const pairs = [actual].flat().map((x, i) => [x, [expected].flat()[i]!] as const);
        expect(pairs).toHaveLength([expected].flat().length);
        for (const [a, b] of pairs) expect(a).toBeCloseTo(b, 10);
      }
    }),
  );
});
