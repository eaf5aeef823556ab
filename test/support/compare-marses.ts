// The kernel is held against the plain MARS: every cell, queue, P-space and statistic of random programs.

import { expect } from 'vitest';
import { foldIn, type Key } from '../../src/core/index.ts';
import { createMars, createPlainMars, type Mars } from '../../src/corewar/index.ts';
import { createDraw, type Draw, drawProgram, drawSettings } from './random-programs.ts';

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

export function expectSame(kernel: Mars, plain: Mars, count: number, where: string): void {
  expectEqual(inspect(kernel, count), inspect(plain, count), where);
  const differences = countDifferences(kernel, plain);
  if (differences > 0) expect(differences, where).toBe(0);
}

/** Numbers print exactly, so that texts are compared first: that is much faster than `toEqual`. */
function expectEqual(actual: unknown, expected: unknown, where: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual, where).toEqual(expected);
}

/** Two whole rounds, one in pieces, and one traced; P-space goes from each to the next. */
function playProgram(
  kernel: Mars,
  plain: Mars,
  draw: Draw,
  where: string,
): { readonly instructions: number; readonly warriors: number } {
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
      const [code, a, b] = [
        draw(19 * 512),
        draw(2 * plain.settings.coreSize),
        draw(2 * plain.settings.coreSize),
      ];
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
  return { instructions, warriors: count };
}

/** Programs that are drawn for each of the settings. */
const PROGRAMS = 40;

/** What was reached by the programs of a run. */
export type Reached = {
  programs: number;
  instructions: number;
  /** Programs in cores above 65,536 cells, with limits of reach, and with 36 warriors. */
  wide: number;
  limited: number;
  crowded: number;
};

/** Plays the programs of settings number `from` to `to - 1` of a key on both MARSs. */
export function comparePrograms(key: Key, from: number, to: number): Reached {
  const reached: Reached = { programs: 0, instructions: 0, wide: 0, limited: 0, crowded: 0 };
  for (let index = from; index < to; index++) {
    const draw = createDraw(foldIn(key, index));
    const settings = drawSettings(draw);
    const { coreSize, readLimit, writeLimit } = settings;
    const kernel = createMars(settings);
    const plain = createPlainMars(settings);
    // In large cores, reading the state takes most of the time.
    const programs = coreSize > 1000 ? PROGRAMS / 4 : PROGRAMS;
    for (let program = 0; program < programs; program++) {
      const where = `settings ${index}, program ${program}: ${JSON.stringify(settings)}`;
      const played = playProgram(kernel, plain, draw, where);
      reached.programs++;
      reached.instructions += played.instructions;
      reached.wide += Number(coreSize > 65_536);
      reached.limited += Number(readLimit < coreSize || writeLimit < coreSize);
      reached.crowded += Number(played.warriors === 36);
    }
  }
  return reached;
}
