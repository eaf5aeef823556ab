// The kernel is held against the plain MARS: every cell, queue, P-space and statistic of random programs. 10,000 programs
// are part of `npm run test:full`.

import { describe, expect, test } from 'vitest';
import { comparePrograms, expectSame } from '../../../test/support/compare-marses.ts';
import { createDraw, drawProgram } from '../../../test/support/random-programs.ts';
import { foldIn, keyFromSeed } from '../../core/index.ts';
import { makeSettings } from '../settings.ts';
import { createMars } from './kernel-mars.ts';
import { createPlainMars } from './plain-mars.ts';

const KEY = keyFromSeed(Number(process.env.MARS_TEST_SEED ?? 94));

describe('the kernel does what the plain MARS does', () => {
  test('on random programs', () => {
    const reached = comparePrograms(KEY, 0, 16);
    expect(reached.programs).toBeGreaterThan(400);
    expect(reached.instructions).toBeGreaterThan(40_000);
    for (const count of [reached.wide, reached.limited, reached.crowded]) {
      expect(count).toBeGreaterThan(0);
    }
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

  test('in the largest core of the kernel, whose fields have 25 bits', () => {
    const coreSize = 2 ** 25;
    const settings = makeSettings({ coreSize, maxCycles: 3, pspaceSize: 1 });
    const mars = createMars(settings);
    const back = (distance: number) => coreSize - distance;
    const jump = {
      opcode: 'JMP',
      modifier: 'B',
      aMode: '$',
      a: back(4),
      bMode: '$',
      b: 0,
    } as const;
    const copy = { ...jump, opcode: 'MOV', modifier: 'I', a: 1, b: back(3) } as const;
    const names = { name: 'far', author: '', strategy: '' };
    mars.load([{ ...names, start: 0, pin: null, instructions: [copy, jump] }]);
    mars.begin({ positions: [0], first: 0 });
    mars.step(3);
    expect(Array.from(mars.readQueue(0))).toEqual([back(7)]);
  });
});

describe('memory', () => {
  const open = (given: Parameters<typeof makeSettings>[0]) => () => createMars(makeSettings(given));

  test('sizes beyond those of pMARS are refused', () => {
    expect(open({ coreSize: 2 ** 30 + 1 })).toThrow('coreSize is 1073741825');
    expect(open({ maxProcesses: 2 ** 31 })).toThrow('maxProcesses is 2147483648');
  });

  test('what would take too much is refused before it is taken', () => {
    expect(open({ coreSize: 2 ** 30 })).toThrow('GiB of memory; 4.0 GiB are allowed');
    expect(open({ maxCycles: 10 ** 9, maxProcesses: 2 ** 31 - 1 })).toThrow('GiB of memory');
    const mars = createMars(
      makeSettings({ coreSize: 2 ** 24, maxCycles: 10 ** 7, maxProcesses: 10 ** 7 }),
    );
    const idle = createDraw(KEY);
    const { warriors } = drawProgram(idle, makeSettings());
    const many = Array.from({ length: 100 }, () => warriors[0]!);
    expect(() => mars.load(many)).toThrow('for 100 warriors needs');
  });

  test('a queue is no longer than the cycles can fill it', () => {
    const settings = makeSettings({ maxProcesses: 2 ** 31 - 1, maxCycles: 100 });
    const mars = createMars(settings);
    const split = { opcode: 'SPL', modifier: 'B', aMode: '#', a: 0, bMode: '#', b: 0 } as const;
    const names = { name: 'splitter', author: '', strategy: '' };
    const instructions = Array.from({ length: 200 }, () => split);
    mars.load([{ ...names, start: 0, pin: null, instructions }]);
    const { spawned } = mars.play({ positions: [0], first: 0 });
    expect(spawned).toEqual([100]);
    expect(mars.readQueue(0)).toHaveLength(101);
  });
});
