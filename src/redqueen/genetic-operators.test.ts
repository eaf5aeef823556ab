import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldIn, keyFromSeed } from '../core/index.ts';
import { MODES, MODIFIERS, makeSettings, OPCODES } from '../corewar/index.ts';
import { type Genome, mutateGenome, randomGenome, spliceGenomes } from './genetic-operators.ts';

const seeds = fc.nat(1e9).map(keyFromSeed);
const settings = fc
  .record({
    coreSize: fc.integer({ min: 20, max: 60_000 }),
    maxLength: fc.integer({ min: 1, max: 100 }),
  })
  .map(makeSettings);

function checkGenome({ instructions, start }: Genome, coreSize: number, maxLength: number): void {
  expect(instructions.length).toBeGreaterThan(0);
  expect(instructions.length).toBeLessThanOrEqual(maxLength);
  expect(start).toBeGreaterThanOrEqual(0);
  expect(start).toBeLessThan(instructions.length);
  const isField = (field: number) => Number.isInteger(field) && field >= 0 && field < coreSize;
  // One expectation for all: there are hundreds of thousands.
  const illegal = instructions.filter(
    ({ opcode, modifier, aMode, bMode, a, b }) =>
      !OPCODES.includes(opcode) ||
      !MODIFIERS.includes(modifier) ||
      ![aMode, bMode].every((mode) => MODES.includes(mode)) ||
      ![a, b].every(isField),
  );
  expect(illegal).toEqual([]);
}

describe('random and changed warriors', () => {
  test('are legal, however often they are changed', () => {
    fc.assert(
      fc.property(seeds, settings, fc.integer({ min: 1, max: 5 }), (key, core, changes) => {
        let genome = randomGenome(key, core);
        const mate = randomGenome(foldIn(key, 'mate'), core);
        checkGenome(genome, core.coreSize, core.maxLength);
        for (let i = 0; i < 30; i++) {
          const own = foldIn(key, i);
          genome = mutateGenome(genome, i % 3 ? null : mate, own, { settings: core, changes });
          checkGenome(genome, core.coreSize, core.maxLength);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('are functions of the key, and other keys give others', () => {
    const core = makeSettings();
    const draw = (seed: number) => randomGenome(keyFromSeed(seed), core);
    expect(draw(1)).toEqual(draw(1));
    const distinct = new Set(Array.from({ length: 200 }, (_, seed) => JSON.stringify(draw(seed))));
    expect(distinct.size).toBe(200);
    const parent = draw(3);
    const change = (seed: number) =>
      mutateGenome(parent, null, keyFromSeed(seed), { settings: core, changes: 1 });
    expect(change(5)).toEqual(change(5));
    const changed = Array.from({ length: 200 }, (_, seed) => change(seed));
    const kept = changed.filter((genome) => JSON.stringify(genome) === JSON.stringify(parent));
    expect(kept.length).toBeLessThan(40);
  });

  test('every opcode, modifier and mode that evolution may need comes up', () => {
    const core = makeSettings();
    const all = Array.from({ length: 600 }, (_, seed) => randomGenome(keyFromSeed(seed), core));
    const instructions = all.flatMap((genome) => genome.instructions);
    const missing = OPCODES.filter((opcode) => !instructions.some((own) => own.opcode === opcode));
    // SEQ stands for CMP; P-space does nothing within one round.
    expect(missing).toEqual(['CMP', 'LDP', 'STP']);
    expect(new Set(instructions.map(({ modifier }) => modifier)).size).toBe(MODIFIERS.length);
    expect(new Set(instructions.map(({ aMode }) => aMode)).size).toBe(MODES.length);
  });

  test('mean number of changes is what is asked for', () => {
    const core = makeSettings();
    const parent = randomGenome(keyFromSeed(7), core);
    const lengths = (changes: number) => {
      const differences = Array.from({ length: 400 }, (_, seed) => {
        const child = mutateGenome(parent, null, keyFromSeed(seed), { settings: core, changes });
        return JSON.stringify(child) === JSON.stringify(parent)
          ? 0
          : countDifferences(parent, child);
      });
      return differences.reduce((sum, value) => sum + value, 0) / differences.length;
    };
    expect(lengths(6)).toBeGreaterThan(2 * lengths(1));
  });
});

function countDifferences(a: Genome, b: Genome): number {
  const [first, second] = [a, b].map(({ instructions }) =>
    instructions.map((own) => JSON.stringify(own)),
  );
  return (
    first!.filter((own) => !second!.includes(own)).length +
    second!.filter((own) => !first!.includes(own)).length
  );
}

describe('spliceGenomes', () => {
  test('is a beginning of the first and an end of the second', () => {
    const core = makeSettings();
    fc.assert(
      fc.property(seeds, (key) => {
        const [first, second] = ['a', 'b'].map((name) => randomGenome(foldIn(key, name), core));
        const { instructions, start } = spliceGenomes(first!, second!, key);
        const head = instructions.filter((own, i) => own === first!.instructions[i]).length;
        const tail = instructions.slice(head);
        expect(head).toBeGreaterThan(0);
        expect(tail).toEqual(tail.length === 0 ? [] : second!.instructions.slice(-tail.length));
        expect(start).toBeLessThan(instructions.length);
      }),
      { numRuns: 200 },
    );
  });
});
