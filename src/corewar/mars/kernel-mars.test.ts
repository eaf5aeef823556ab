// The kernel is held against the plain MARS: every cell, queue, P-space and statistic of random programs.

import { describe, expect, test } from 'vitest';
import {
  createDraw,
  type Draw,
  drawProgram,
  drawSettings,
} from '../../../test/support/random-programs.ts';
import { foldIn, keyFromSeed } from '../../core/index.ts';
import { makeSettings } from '../settings.ts';
import { createMars } from './kernel-mars.ts';
import type { Mars } from './mars.ts';
import { createPlainMars } from './plain-mars.ts';

const SETTINGS = 250;
const PROGRAMS = 40;
const KEY = keyFromSeed(Number(process.env.MARS_TEST_SEED ?? 94));

/** All that a MARS tells of its state. */
function inspect(mars: Mars, count: number): Record<string, unknown> {
  const warriors = Array.from({ length: count }, (_, i) => i);
  return {
    result: mars.result(),
    turn: mars.turn(),
    queues: warriors.map((i) => Array.from(mars.readQueue(i))),
    pspaces: warriors.map((i) => Array.from(mars.readPspace(i))),
  };
}

/** Cells that differ; deep equality of large arrays is slow. */
function countDifferences(left: Mars, right: Mars): number {
  const x = left.readCore();
  const y = right.readCore();
  let count = 0;
  for (let i = 0; i < x.code.length; i++) {
    if (x.code[i] !== y.code[i] || x.a[i] !== y.a[i] || x.b[i] !== y.b[i]) count++;
  }
  return count;
}

function expectSame(kernel: Mars, plain: Mars, count: number, where: string): void {
  expectEqual(inspect(kernel, count), inspect(plain, count), where);
  const differences = countDifferences(kernel, plain);
  if (differences > 0) expect(differences, where).toBe(0);
}

/** Numbers print exactly, so that texts are compared first: that is much faster than `toEqual`. */
function expectEqual(actual: unknown, expected: unknown, where: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual, where).toEqual(expected);
}

/** Two whole rounds, one in pieces, and one traced; P-space goes from each to the next. */
function playProgram(kernel: Mars, plain: Mars, draw: Draw, where: string): number {
  const { warriors, setup } = drawProgram(draw, plain.settings);
  const count = warriors.length;
  let instructions = 0;
  for (const mars of [kernel, plain]) mars.load(warriors);
  for (let round = 0; round < 2; round++) {
    const first = (setup.first + round) % count;
    expectEqual(kernel.play({ ...setup, first }), plain.play({ ...setup, first }), where);
    expectSame(kernel, plain, count, `${where}, round ${round}`);
    instructions += plain.result().instructions;
  }
  for (const mars of [kernel, plain]) mars.begin(setup);
  let pieces = 0;
  for (let going = true; going; pieces++) {
    const piece = pieces < 10 ? 1 + draw(draw(2) ? 5 : 200) : 1_000_000;
    if (draw(3) === 0) {
      const address = draw(plain.settings.coreSize);
      const [code, a, b] = [draw(19 * 512), draw(70_000), draw(70_000)];
      const valid = ((code >> 6) & 7) < 7 ? code : code & ~64;
      for (const mars of [kernel, plain]) mars.writeCell(address, valid, a, b);
    }
    going = plain.step(piece);
    expectEqual(kernel.step(piece), going, where);
    expectSame(kernel, plain, count, `${where}, in pieces`);
  }
  for (const mars of [kernel, plain]) mars.begin(setup);
  expectEqual(kernel.trace(200), plain.trace(200), where);
  expectEqual(kernel.step(50), plain.step(50), where);
  expectSame(kernel, plain, count, `${where}, traced`);
  return instructions;
}

describe('the kernel does what the plain MARS does', () => {
  test.each([0, 1, 2, 3, 4])('on %i fifths of 10,000 random programs', (fifth) => {
    let instructions = 0;
    for (let s = 0; s < SETTINGS / 5; s++) {
      const index = fifth * (SETTINGS / 5) + s;
      const draw = createDraw(foldIn(KEY, index));
      const settings = drawSettings(draw);
      const kernel = createMars(settings);
      const plain = createPlainMars(settings);
      for (let program = 0; program < PROGRAMS; program++) {
        const where = `settings ${index}, program ${program}: ${JSON.stringify(settings)}`;
        instructions += playProgram(kernel, plain, draw, where);
      }
    }
    expect(instructions).toBeGreaterThan(100_000);
  });

  test('with 36 warriors in the usual core', () => {
    const settings = makeSettings({ maxCycles: 2000 });
    const draw = createDraw(foldIn(KEY, 'many'));
    const warriors = Array.from({ length: 36 }, () => drawProgram(draw, settings).warriors[0]!);
    const setup = { positions: warriors.map((_, i) => 220 * i), first: 35 };
    const both = [createMars(settings), createPlainMars(settings)] as const;
    for (const mars of both) mars.load(warriors);
    for (let round = 0; round < 3; round++) {
      expect(both[0].play(setup)).toEqual(both[1].play(setup));
      expectSame(...both, 36, `round ${round}`);
    }
  });
});
