// The kernel and the plain MARS on 10,000 random programs and more.

import { expect, test } from 'vitest';
import { keyFromSeed } from '../../src/core/index.ts';
import { createMars, makeSettings, type Warrior } from '../../src/corewar/index.ts';
import { comparePrograms } from '../support/compare-marses.ts';

test('the kernel does what the plain MARS does on 10,000 random programs', () => {
  const reached = comparePrograms(keyFromSeed(Number(process.env.MARS_TEST_SEED ?? 94)), 0, 300);
  expect(reached.programs).toBeGreaterThan(10_000);
  for (const count of [reached.wide, reached.limited, reached.crowded]) {
    expect(count).toBeGreaterThan(50);
  }
});

test('a core above 2^25 cells is played', () => {
  const coreSize = 2 ** 25 + 1;
  const mars = createMars(makeSettings({ coreSize, maxCycles: 4 }));
  const imp: Warrior = {
    name: 'Imp',
    author: '',
    strategy: '',
    start: 0,
    pin: null,
    instructions: [{ opcode: 'MOV', modifier: 'I', aMode: '$', a: 0, bMode: '$', b: 1 }],
  };
  mars.load([imp, imp]);
  const { cycles, alive } = mars.play({ positions: [coreSize - 2, 1000], first: 0 });
  expect([cycles, alive]).toEqual([4, [true, true]]);
  expect(Array.from(mars.readQueue(0))).toEqual([2]);
});
