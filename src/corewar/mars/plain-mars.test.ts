// What single instructions and short rounds do, by hand from the standard, in both MARSs.

import { describe, expect, test } from 'vitest';
import { parseLoadFile } from '../../../test/support/load-file.ts';
import { MODES, MODIFIERS, type Modifier } from '../instruction.ts';
import { type CoreSettings, makeSettings } from '../settings.ts';
import { createMars } from './kernel-mars.ts';
import type { Mars } from './mars.ts';
import { createPlainMars } from './plain-mars.ts';

const MAKERS = [
  ['plain TypeScript', createPlainMars],
  ['the kernel', createMars],
] as const;

const warrior = (text: string, pin: number | null = null) => ({
  ...parseLoadFile(text.replaceAll(';', '\n'), text),
  pin,
});

describe.each(MAKERS)('%s', (_, make) => {
  const open = (texts: readonly string[], given: Partial<CoreSettings> = {}): Mars => {
    const mars = make(makeSettings(given));
    mars.load(texts.map((text) => warrior(text)));
    return mars;
  };
  const fieldsAt = (mars: Mars, address: number) => {
    const { a, b } = mars.readCore();
    return [a[address], b[address]];
  };
  /** Executes one instruction at 0 that names cells 1, `12, 5`, and 2, `3, 40`. */
  const execute = (head: string, operands = '$1, $2') => {
    const mars = open([`${head} ${operands};DAT.F $12, $5;DAT.F $3, $40`]);
    mars.begin({ positions: [0], first: 0 });
    mars.step(1);
    return mars;
  };

  const ARITHMETIC: Record<string, Record<Modifier, readonly [number, number]>> = {
    MOV: { A: [12, 40], B: [3, 5], AB: [3, 12], BA: [5, 40], F: [12, 5], X: [5, 12], I: [12, 5] },
    ADD: {
      A: [15, 40],
      B: [3, 45],
      AB: [3, 52],
      BA: [8, 40],
      F: [15, 45],
      X: [8, 52],
      I: [15, 45],
    },
    SUB: {
      A: [7991, 40],
      B: [3, 35],
      AB: [3, 28],
      BA: [7998, 40],
      F: [7991, 35],
      X: [7998, 28],
      I: [7991, 35],
    },
    MUL: {
      A: [36, 40],
      B: [3, 200],
      AB: [3, 480],
      BA: [15, 40],
      F: [36, 200],
      X: [15, 480],
      I: [36, 200],
    },
    DIV: { A: [0, 40], B: [3, 8], AB: [3, 3], BA: [0, 40], F: [0, 8], X: [0, 3], I: [0, 8] },
    MOD: { A: [3, 40], B: [3, 0], AB: [3, 4], BA: [3, 40], F: [3, 0], X: [3, 4], I: [3, 0] },
  };
  test.each(
    Object.keys(ARITHMETIC).flatMap((opcode) => MODIFIERS.map((m) => [opcode, m] as const)),
  )('%s.%s writes its fields', (opcode, modifier) => {
    const mars = execute(`${opcode}.${modifier}`);
    expect(fieldsAt(mars, 2)).toEqual(ARITHMETIC[opcode]![modifier]);
    expect(Array.from(mars.readQueue(0))).toEqual([1]);
  });

  // Cells: 1 holds 3, 5; 2 holds 4, 5; 3 holds 0, 7.
  const COMPARISONS: Record<string, readonly [string, string]> = {
    // Modifiers in order A B AB BA F X I; s skips, n does not.
    'SLT $1, $2': ['snsnnnn', 'a 3<4, b 5<5, a<b 3<5, b<a 5<4'],
    'SLT $3, $2': ['snsnnnn', '0<4, 7<5, 0<5, 7<4'],
    'SEQ $1, $2': ['nsnnnnn', '3=4, 5=5, 3=5, 5=4'],
    'CMP $1, $1': ['ssnnsns', '3=3, 5=5, 3=5, 5=3'],
    'SNE $1, $2': ['snsssss', 'the contrary of SEQ'],
  };
  test.each(Object.entries(COMPARISONS))('%s skips', (instruction, [expected]) => {
    const [opcode, operands] = [instruction.slice(0, 3), instruction.slice(4)];
    const seen = MODIFIERS.map((modifier) => {
      const mars = open([
        `${opcode}.${modifier} ${operands};DAT.F $3, $5;DAT.F $4, $5;DAT.F $0, $7`,
      ]);
      mars.begin({ positions: [0], first: 0 });
      mars.step(1);
      return mars.readQueue(0)[0] === 2 ? 's' : 'n';
    });
    expect(seen.join('')).toBe(expected);
  });

  // The B-instruction is 1, 0: j jumps, n does not; A B AB BA F X I.
  test.each([
    ['JMP', 'jjjjjjj'],
    ['JMZ', 'njjnnnn'],
    ['JMN', 'jnnjjjj'],
    ['DJN', 'njjnjjj'],
  ])('%s jumps', (opcode, expected) => {
    const seen = MODIFIERS.map((modifier) => {
      const mars = open([`${opcode}.${modifier} $7, $1;DAT.F $1, $0`]);
      mars.begin({ positions: [0], first: 0 });
      mars.step(1);
      return mars.readQueue(0)[0] === 7 ? 'j' : 'n';
    });
    expect(seen.join('')).toBe(expected);
  });

  // The pointer is in cell 3, which holds 4, 7: where each mode points to, and what the cell holds after.
  const POINTERS: Record<string, readonly [number, number, number]> = {
    '#': [0, 4, 7],
    $: [3, 4, 7],
    '@': [10, 4, 7],
    '<': [9, 4, 6],
    '>': [10, 4, 8],
    '*': [7, 4, 7],
    '{': [6, 3, 7],
    '}': [7, 5, 7],
  };
  test.each(MODES)('mode %s points to its cell, for either operand', (mode) => {
    const [target, a, b] = POINTERS[mode]!;
    const cells = Array.from({ length: 12 }, (_, i) =>
      i === 3 ? 'DAT.F $4, $7' : `DAT.F $${i}, $99`,
    );
    const read = open([[`MOV.AB ${mode}3, $50`, ...cells.slice(1)].join(';')]);
    read.begin({ positions: [0], first: 0 });
    read.step(1);
    expect(fieldsAt(read, 50)[1]).toBe(
      target === 0 || target === 3 ? [3, 0, 0, 4][target] : target,
    );
    expect(fieldsAt(read, 3)).toEqual([a, b]);

    const write = open([[`MOV.AB #77, ${mode}3`, ...cells.slice(1)].join(';')]);
    write.begin({ positions: [0], first: 0 });
    expect(write.trace(1)).toEqual([{ warrior: 0, address: 0, written: target }]);
    expect(fieldsAt(write, target)[1]).toBe(77);
    if (target !== 3) expect(fieldsAt(write, 3)).toEqual([a, b]);
  });

  test('a copy is made before the post-increment, and before the B-operand changes it', () => {
    // Cell 1 points to itself, then is incremented: the copy in cell 3 has 0.
    const mars = open(['MOV.I >1, $3;DAT.F $0, $0;DAT.F $0, $0;DAT.F $9, $9']);
    mars.begin({ positions: [0], first: 0 });
    mars.step(1);
    expect([fieldsAt(mars, 1), fieldsAt(mars, 3)]).toEqual([
      [0, 1],
      [0, 0],
    ]);
    // The B-operand decrements the B-field of cell 1, which then points to itself: it gets its old value back.
    const other = open(['MOV.I $1, <1;DAT.F $0, $1']);
    other.begin({ positions: [0], first: 0 });
    other.step(1);
    expect(fieldsAt(other, 1)).toEqual([0, 1]);
  });

  test('an immediate B-operand is the cell, in pMARS 0.9.2 the instruction as it was fetched', () => {
    // The A-operand increments the A-field of the instruction itself, after the register of the A-operand was read.
    for (const [pmars, queued] of [
      [undefined, 2],
      ['0.9.5', 2],
      ['0.9.2', 1],
    ] as const) {
      const mars = open(['SNE.A }0, #0'], pmars ? { pmars } : {});
      mars.begin({ positions: [0], first: 0 });
      mars.step(1);
      expect(fieldsAt(mars, 0)[0]).toBe(1);
      expect(Array.from(mars.readQueue(0))).toEqual([queued]);
    }
  });

  test('DJN decrements the cell and tests the register', () => {
    const mars = open(['DJN.B $7, >1;DAT.F $0, $0']);
    mars.begin({ positions: [0], first: 0 });
    mars.step(1);
    expect(fieldsAt(mars, 1)[1]).toBe(0);
    expect(Array.from(mars.readQueue(0))).toEqual([7]);
  });

  test.each(['DIV', 'MOD'])('%s by zero kills, and the other field is written', (opcode) => {
    const mars = open([`${opcode}.F $1, $2;DAT.F $0, $4;DAT.F $9, $14`]);
    mars.begin({ positions: [0], first: 0 });
    expect(mars.step(5)).toBe(false);
    expect(fieldsAt(mars, 2)).toEqual([9, opcode === 'DIV' ? 3 : 2]);
    expect(mars.result()).toMatchObject({ cycles: 1, instructions: 1, deaths: [0], survival: [0] });
  });

  test('SPL queues the next instruction, then the other; a full queue takes the next alone', () => {
    const mars = open(['SPL.B $3, $0;SPL.B $5, $0'], { maxProcesses: 3 });
    mars.begin({ positions: [10], first: 0 });
    mars.step(1);
    expect(Array.from(mars.readQueue(0))).toEqual([11, 13]);
    mars.writeCell(13, 11 << 9, 0, 0);
    mars.step(1);
    expect(Array.from(mars.readQueue(0))).toEqual([13, 12, 16]);
    mars.step(1);
    expect(Array.from(mars.readQueue(0))).toEqual([12, 16, 14]);
    // 10, 11, 13, 12, 16, 14 were queued; two of three SPL added a process.
    expect(mars.result()).toMatchObject({ spawned: [2], coverage: [6] });
  });

  test('with limits, a second pointer is found by the write limit where it is changed', () => {
    const settings = { coreSize: 100, readLimit: 20, writeLimit: 10, maxLength: 10, pspaceSize: 5 };
    const mars = open(['JMP.B >35, $0'], settings);
    mars.begin({ positions: [0], first: 0 });
    mars.writeCell(95, 0, 0, 3);
    mars.writeCell(5, 0, 0, 4);
    mars.step(1);
    // 35 is -5 for reads and 5 for writes.
    expect(Array.from(mars.readQueue(0))).toEqual([9]);
    expect([fieldsAt(mars, 95)[1], fieldsAt(mars, 5)[1]]).toEqual([3, 5]);
    const reader = open(['JMP.B @35, $0'], settings);
    reader.begin({ positions: [0], first: 0 });
    reader.writeCell(95, 0, 0, 3);
    reader.writeCell(5, 0, 0, 4);
    reader.step(1);
    expect(Array.from(reader.readQueue(0))).toEqual([98]);
  });

  test('a PIN of 0 shares P-space with later warriors that have none', () => {
    const writer = 'STP.AB #7, #1;JMP.B $0, $0';
    const reader = 'NOP.B $0, $0;LDP.AB #1, $2;JMP.B $0, $0';
    const pins = [
      [0, null, 7],
      [1, null, 0],
      [1, 1, 7],
    ] as const;
    for (const [first, second, read] of pins) {
      const mars = make(makeSettings({ maxCycles: 10 }));
      mars.load([warrior(writer, first), warrior(reader, second)]);
      mars.play({ positions: [0, 4000], first: 0 });
      expect(fieldsAt(mars, 4003)[1]).toBe(read);
    }
  });

  test('an empty warrior lives on what others put where it stands', () => {
    const empty = { ...warrior('DAT.F $0, $0'), instructions: [] };
    const mars = make(makeSettings({ maxCycles: 10 }));
    mars.load([empty]);
    expect(mars.play({ positions: [5], first: 0 })).toMatchObject({ cycles: 1, alive: [false] });
    mars.load([warrior('MOV.I $1, $4000;JMP.B $0, $0'), empty]);
    expect(mars.play({ positions: [0, 4000], first: 0 }).alive).toEqual([true, true]);
    expect(mars.play({ positions: [0, 4000], first: 1 }).alive).toEqual([true, false]);
  });

  test('limits fold pointers to within half of them', () => {
    const settings = { coreSize: 100, readLimit: 20, writeLimit: 10, maxLength: 10, pspaceSize: 5 };
    // 12 is -8 for a reader within 20; 7 is -3 for a writer within 10.
    const mars = open(['MOV.AB $12, $7'], settings);
    mars.begin({ positions: [50], first: 0 });
    mars.writeCell(42, 0, 33, 0);
    expect(mars.trace(1)).toEqual([{ warrior: 0, address: 50, written: 47 }]);
    expect(fieldsAt(mars, 47)[1]).toBe(33);
  });

  test('P-space keeps numbers and the last result; a PIN shares all but that', () => {
    const store = 'STP.AB #7, #501;LDP.AB #0, $2;JMP.B $0, $0;DAT.F $0, $9';
    const mars = make(makeSettings({ maxCycles: 10 }));
    mars.load([warrior(store, 3), warrior('LDP.AB #1, $2;JMP.B $0, $0;DAT.F $0, $9', 3)]);
    const setup = { positions: [0, 4000], first: 0 };
    mars.play(setup);
    expect([fieldsAt(mars, 3)[1], fieldsAt(mars, 4002)[1]]).toEqual([7999, 7]);
    expect(Array.from(mars.readPspace(1).slice(0, 3))).toEqual([2, 7, 0]);
    mars.play(setup);
    expect(fieldsAt(mars, 3)[1]).toBe(2);
    mars.load([warrior(store), warrior('DAT.F $0, $0')]);
    expect(mars.readPspace(0)[0]).toBe(7999);
    mars.play(setup);
    expect([mars.readPspace(0)[0], mars.readPspace(1)[0]]).toEqual([1, 0]);
  });

  test('warriors move in order from the first; a death leaves the others their turns', () => {
    const mars = open(['JMP.B $0, $0', 'NOP.F $0, $0', 'JMP.B $0, $0'], { maxCycles: 4 });
    mars.begin({ positions: [0, 100, 200], first: 2 });
    expect(mars.turn()).toEqual({ warrior: 2, cycle: 0 });
    const order = mars.trace(5).map((entry) => entry.warrior);
    expect([order, mars.turn()]).toEqual([[2, 0, 1, 2, 0], { warrior: 1, cycle: 1 }]);
    expect(mars.step(1)).toBe(true);
    expect(mars.turn()).toEqual({ warrior: 2, cycle: 2 });
    expect(mars.step(100)).toBe(false);
    // Warrior 1 earns in cycle 0 alone: 3/4 of a third; the others as much, and half of three cycles each.
    const share = (3 * (1 / 3 + 3 / 2)) / 4;
    expect(mars.result()).toEqual({
      cycles: 4,
      // The dead one misses two of the 12 turns, and its death cuts another off the last cycle.
      instructions: 9,
      alive: [true, false, true],
      deaths: [-1, 1, -1],
      survival: [share, (3 * (1 / 3)) / 4, share],
      spawned: [0, 0, 0],
      coverage: [1, 2, 1],
    });
  });

  // Warriors of so many jumps before they die, in 10 cycles, 99 for ever; who survives under pMARS 0.9.2.
  test.each([
    [
      [9, 99, 99],
      [false, true, true],
    ],
    [
      [10, 99, 99],
      [true, true, true],
    ],
    [
      [3, 9, 99],
      [false, false, true],
    ],
    [
      [3, 99, 9],
      [false, true, true],
    ],
    [
      [99, 3, 9],
      [true, false, true],
    ],
    [
      [99, 9, 3],
      [true, true, false],
    ],
    [
      [3, 6, 9, 99],
      [false, false, true, true],
    ],
    [
      [3, 6, 99, 9],
      [false, false, true, true],
    ],
    [
      [3, 9, 99, 99],
      [false, false, true, true],
    ],
    [
      [3, 99, 99, 9],
      [false, true, true, true],
    ],
    [
      [0, 1, 2, 9, 99, 99],
      [false, false, false, true, true, true],
    ],
  ])('%j: each death cuts a turn off the last cycle', (jumps, expected) => {
    const chains = jumps.map((n) => (n === 99 ? 'JMP.B $0, $0' : 'JMP.B $1, $0;'.repeat(n)));
    const mars = open(
      chains.map((text) => text || 'DAT.F $0, $0'),
      { maxCycles: 10 },
    );
    const positions = jumps.map((_, i) => 800 * i);
    expect(mars.play({ positions, first: 0 }).alive).toEqual(expected);
  });

  test('a sole survivor ends the round and earns to its last cycle', () => {
    const mars = open(['JMP.B $0, $0', 'DAT.F $0, $0'], { maxCycles: 1000 });
    const result = mars.play({ positions: [0, 4000], first: 1 });
    expect(result).toMatchObject({ cycles: 1, instructions: 1, deaths: [-1, 0], survival: [2, 0] });
  });

  test('where warriors may overlap, the later one overwrites', () => {
    const mars = open(['JMP.B $1, $0;JMP.B $0, $0', 'DAT.F $3, $4']);
    const setup = { positions: [0, 1], first: 0, mayOverlap: true };
    mars.begin(setup);
    expect(fieldsAt(mars, 1)).toEqual([3, 4]);
    expect(mars.play(setup).deaths).toEqual([-1, 0]);
    const swapped = { ...setup, positions: [1, 0] };
    mars.begin(swapped);
    expect([fieldsAt(mars, 0), fieldsAt(mars, 1)]).toEqual([
      [3, 4],
      [1, 0],
    ]);
    expect(() => mars.play({ positions: [0, 1], first: 0 })).toThrow(/overlaps/);
  });

  test('impossible rounds are refused', () => {
    expect(() => make(makeSettings({ coreSize: 0 }))).toThrow(/coreSize is 0/);
    const mars = open(['JMP.B $0, $0;DAT.F $0, $0', 'DAT.F $0, $0']);
    expect(() => mars.play({ positions: [5, 6], first: 0 })).toThrow(/overlaps/);
    expect(() => mars.play({ positions: [7999, 0], first: 0 })).toThrow(/overlaps/);
    expect(() => mars.play({ positions: [0], first: 0 })).toThrow(/2 warriors have 1 positions/);
    expect(() => mars.play({ positions: [0, 8000], first: 0 })).toThrow(/outside of the core/);
    expect(() => mars.load([])).toThrow(/needs a warrior/);
    const small = make(makeSettings({ coreSize: 1, pspaceSize: 1 }));
    expect(() => small.load([warrior('JMP.B $0, $0;DAT.F $0, $0')])).toThrow(/2 instructions/);
  });
});
