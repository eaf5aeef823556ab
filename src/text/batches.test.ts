import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyFromSeed, UserError } from '../core/index.ts';
import {
  countWindows,
  evaluationBatches,
  sampleBatch,
  streamBatch,
  streamTokens,
} from './batches.ts';

const key = keyFromSeed(3);
/** A stream in which each token says where it is. */
const countTo = (length: number) => streamTokens(Int32Array.from({ length }, (_, i) => i));

describe('streamBatch', () => {
  it('goes on in every row, through all windows, and comes back to the beginning of the stream', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 200 }),
        fc.nat(1000),
        (contextLength, batchSize, extra, firstStep) => {
          const stream = countTo(batchSize * contextLength + 1 + extra);
          const stride = Math.floor((stream.length - 1) / (batchSize * contextLength));
          const rowsOf = (step: number) => {
            const { inputs, targets } = streamBatch(stream, key, step, batchSize, contextLength);
            expect(targets).toEqual(inputs.map((token) => token + 1));
            return Array.from({ length: batchSize }, (_, row) => inputs[row * contextLength]!);
          };
          const steps = Array.from({ length: stride + 1 }, (_, i) => rowsOf(firstStep + i));
          // In as many steps as a row has windows, all rows together see each window once.
          const seen = steps
            .slice(0, stride)
            .flat()
            .sort((a, b) => a - b);
          const expected = seen.map((_, window) => seen[0]! + window * contextLength);
          expect(seen).toEqual(expected);
          let returns = 0;
          for (let i = 0; i < stride; i++) {
            steps[i]!.forEach((start, row) => {
              if (steps[i + 1]![row] === start + contextLength) return;
              expect([start, steps[i + 1]![row]]).toEqual([seen.at(-1), seen[0]]);
              returns += 1;
            });
          }
          // One row at a time comes to the end, and each end is met once.
          expect(returns).toBe(1);
        },
      ),
    );
  });

  it('is a function of key and step alone', () => {
    const stream = countTo(5000);
    const batch = streamBatch(stream, key, 123, 8, 16);
    streamBatch(stream, key, 7, 8, 16);
    expect(streamBatch(stream, key, 123, 8, 16)).toEqual(batch);
    expect(streamBatch(stream, keyFromSeed(4), 123, 8, 16)).not.toEqual(batch);
  });

  it('refuses streams of less than a window each, and steps that are none', () => {
    expect(() => streamBatch(countTo(32), key, 0, 4, 8)).toThrow('need 33');
    expect(streamBatch(countTo(33), key, 0, 4, 8).inputs).toHaveLength(32);
    expect(() => streamBatch(countTo(100), key, -1, 4, 8)).toThrow(RangeError);
  });
});

describe('sampleBatch', () => {
  it('gives targets one token after the inputs', () => {
    const { inputs, targets } = sampleBatch(countTo(1000), key, 5, 4, 8);
    expect(inputs).toHaveLength(32);
    for (let row = 0; row < 4; row++) {
      for (let t = 0; t < 8; t++) {
        expect(inputs[row * 8 + t]).toBe(inputs[row * 8]! + t);
        expect(targets[row * 8 + t]).toBe(inputs[row * 8 + t]! + 1);
      }
    }
  });

  it('takes every window of an epoch once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 1, max: 7 }),
        fc.nat(3),
        (contextLength, extra, batchSize, epoch) => {
          const stream = countTo(contextLength + 1 + extra);
          const windows = countWindows(stream.length, contextLength);
          // An epoch's samples, through batches that may begin in one epoch and end in the next.
          const starts: number[] = [];
          const first = Math.floor((epoch * windows) / batchSize);
          const last = Math.floor(((epoch + 1) * windows - 1) / batchSize);
          for (let step = first; step <= last; step++) {
            const { inputs } = sampleBatch(stream, key, step, batchSize, contextLength);
            for (let row = 0; row < batchSize; row++) {
              if (Math.floor((step * batchSize + row) / windows) === epoch) {
                starts.push(inputs[row * contextLength]!);
              }
            }
          }
          const sorted = starts.sort((a, b) => a - b);
          const offset = sorted[0]!;
          expect(sorted).toEqual(
            Array.from({ length: windows }, (_, window) => offset + window * contextLength),
          );
          expect(offset).toBeLessThan(2 * contextLength);
        },
      ),
    );
  });

  it('is a function of key and step alone', () => {
    const stream = countTo(5000);
    const batch = sampleBatch(stream, key, 123, 8, 16);
    sampleBatch(stream, key, 7, 8, 16);
    expect(sampleBatch(stream, key, 123, 8, 16)).toEqual(batch);
    expect(sampleBatch(stream, key, 124, 8, 16)).not.toEqual(batch);
    expect(sampleBatch(stream, keyFromSeed(4), 123, 8, 16)).not.toEqual(batch);
  });

  it('changes order and offset from epoch to epoch, and reaches every token', () => {
    const stream = countTo(103);
    const windows = countWindows(103, 10);
    const offsets = new Set<number>();
    const seen = new Set<number>();
    for (let step = 0; step < 200; step++) {
      const { inputs, targets } = sampleBatch(stream, key, step, windows, 10);
      offsets.add(inputs[0]! % 10);
      for (const token of [...inputs, ...targets]) seen.add(token);
    }
    expect(offsets.size).toBe(10);
    expect(seen.size).toBe(103);
  });

  it('takes streams and steps too large to count through', () => {
    const reads: number[] = [];
    const huge = {
      length: 1e12,
      read: (start: number, count: number) => {
        reads.push(start);
        return new Int32Array(count);
      },
    };
    sampleBatch(huge, key, 1e9, 64, 1024);
    expect(new Set(reads).size).toBe(64);
    expect(Math.max(...reads)).toBeLessThan(1e12);
  });

  it('works down to a single window', () => {
    expect(countWindows(9, 8)).toBe(1);
    const { inputs, targets } = sampleBatch(countTo(9), key, 11, 2, 8);
    expect([...inputs]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7]);
    expect(targets[15]).toBe(8);
  });

  it('refuses a stream that is too short, and sizes that are none', () => {
    expect(() => sampleBatch(countTo(8), key, 0, 1, 8)).toThrow(UserError);
    expect(() => sampleBatch(countTo(8), key, 0, 1, 8)).toThrow('needs 9');
    expect(() => sampleBatch(countTo(80), key, -1, 1, 8)).toThrow(RangeError);
    expect(() => sampleBatch(countTo(80), key, 0, 0, 8)).toThrow(RangeError);
    expect(() => sampleBatch(countTo(80), key, 0, 1, 1.5)).toThrow(RangeError);
  });
});

describe('evaluationBatches', () => {
  it('gives whole batches of consecutive windows', () => {
    const batches = evaluationBatches(countTo(100), 2, 10, 1e6);
    expect(batches).toHaveLength(4);
    const inputs = batches.flatMap((batch) => [...batch.inputs]);
    expect(inputs).toEqual(Array.from({ length: 80 }, (_, i) => i));
    expect(batches.flatMap((batch) => [...batch.targets])).toEqual(inputs.map((i) => i + 1));
  });

  it('stops at the number of tokens, after one batch at least', () => {
    expect(evaluationBatches(countTo(1000), 2, 10, 59)).toHaveLength(2);
    expect(evaluationBatches(countTo(1000), 2, 10, 1)).toHaveLength(1);
    expect(evaluationBatches(countTo(1001), 2, 10)).toHaveLength(50);
  });

  it('spreads what it may take over the whole stream', () => {
    const batches = evaluationBatches(countTo(1001), 2, 10, 80);
    const starts = batches.flatMap((batch) => [batch.inputs[0], batch.inputs[10]]);
    expect(starts).toEqual([0, 120, 250, 370, 500, 620, 750, 870]);
  });

  it('repeats windows to fill the only batch', () => {
    const [batch, ...others] = evaluationBatches(countTo(25), 5, 10);
    expect(others).toEqual([]);
    expect([0, 1, 2, 3, 4].map((row) => batch!.inputs[row * 10])).toEqual([0, 10, 0, 10, 0]);
  });

  it('refuses a stream without a window', () => {
    expect(() => evaluationBatches(countTo(10), 1, 10)).toThrow(UserError);
  });
});

describe('streamTokens', () => {
  it('reads uint16 tokens, inside the stream only', () => {
    const stream = streamTokens(Uint16Array.of(1, 2, 65535));
    expect(stream.read(1, 2)).toEqual(Int32Array.of(2, 65535));
    expect(stream.read(3, 0)).toHaveLength(0);
    expect(() => stream.read(2, 2)).toThrow(RangeError);
    expect(() => stream.read(-1, 1)).toThrow(RangeError);
  });
});
