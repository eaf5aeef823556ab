// What the page Core War computes, without a page.

import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { missingPairs, pairJob, warriorId } from '../../src/arena/index.ts';
import { UserError } from '../../src/core/index.ts';
import {
  createPlainMars,
  MAX_SOURCE,
  makeSettings,
  namedSettings,
  planRounds,
  playBattle,
  resolveBattle,
} from '../../src/corewar/index.ts';
import {
  battleAddress,
  MAX_LINK_BYTES,
  MAX_WARRIORS,
  packBattle,
  unpackBattle,
} from '../../studio/pages/core-war/battle-address.ts';
import {
  assembleEntry,
  type BattleChoice,
  checkSettings,
  choiceOf,
  linkOf,
  parsePositions,
  setUpBattle,
} from '../../studio/pages/core-war/battle-setup.ts';
import { classifyRedcode } from '../../studio/pages/core-war/classify-redcode.ts';
import { addressAt, layOutCore, moveAddress } from '../../studio/pages/core-war/map-layout.ts';
import { parseCell } from '../../studio/pages/core-war/parse-cell.ts';
import {
  hashWarrior,
  listRounds,
  openHill,
  playPairs,
} from '../../studio/pages/core-war/play-hill.ts';
import { readWarriorFile } from '../../studio/pages/core-war/read-warrior-file.ts';
import { routeOf } from '../../studio/routes.ts';
import { openBattle, sample } from '../support/core-war-battles.ts';

const faultsOf = (given: Partial<BattleChoice>) => {
  const setup = setUpBattle({
    ...choiceOf({ warriors: [sample('imp'), sample('gate')] }),
    ...given,
  });
  return setup.kind === 'faulty' ? setup.faults.map(({ message }) => message) : [];
};

describe('a battle in an address', () => {
  const link = {
    warriors: [sample('imp'), { name: 'ä & "b"?#', source: ';name ünïcode\nMOV 0, 1 ; → ☃\n' }],
    settings: makeSettings({ coreSize: 800, maxLength: 20 }),
    seed: 7,
    round: 3,
    positions: [0, 400],
    first: 1,
  };

  test('comes back as it was', () => {
    const { page, query } = routeOf(battleAddress(link));
    expect(page).toBe('core-war');
    expect(unpackBattle(new URLSearchParams(query).get('battle')!)).toEqual(link);
    const short = { warriors: [sample('dwarf')] };
    expect(unpackBattle(packBattle(short))).toEqual({
      ...short,
      settings: '94',
      seed: 0,
      round: 0,
    });
    expect(linkOf(choiceOf(link))).toEqual(link);
  });

  test('has bounds', () => {
    const many = Array.from({ length: MAX_WARRIORS + 1 }, () => sample('imp'));
    expect(() => battleAddress({ warriors: many })).toThrow(/1 to 12 warriors, not 13/);
    expect(() => battleAddress({ warriors: [] })).toThrow(UserError);
    const large = { name: 'large', source: 'x'.repeat(MAX_LINK_BYTES) };
    expect(() => battleAddress({ warriors: [large] })).toThrow(/bytes of source; a link holds/);
    expect(() => unpackBattle('A'.repeat(800_000))).toThrow(/too long/);
    const long = { warriors: [{ name: 'x', source: 'y'.repeat(MAX_SOURCE + 1) }] };
    expect(() => unpackBattle(packBattle(long))).toThrow(/no warriors/);
  });

  test('does not grow beyond its bound, whatever it unpacks to', () => {
    const bomb = deflateRawSync(new Uint8Array(200 << 20));
    const text = bomb.toString('base64url');
    expect(text.length).toBeLessThan(700_000);
    expect(() => unpackBattle(text)).toThrow(/too large/);
  });

  test('is refused in words where it is damaged', () => {
    const text = packBattle(link);
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const at = (i * 7919) % text.length;
      const damaged = [
        text.slice(0, at),
        `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`,
      ];
      for (const one of damaged) {
        try {
          unpackBattle(one);
        } catch (error) {
          refused++;
          expect(error).toBeInstanceOf(UserError);
        }
      }
    }
    expect(refused).toBeGreaterThan(600);
    const pack = (value: unknown) => deflateRawSync(JSON.stringify(value)).toString('base64url');
    const valid = { v: 1, w: [['a', 'b']], c: '94', s: 0, r: 0, p: null, f: null };
    expect(unpackBattle(pack(valid)).warriors).toEqual([{ name: 'a', source: 'b' }]);
    const changes = [
      { v: 2 },
      { w: 'a' },
      { w: [['a']] },
      { w: [] },
      { c: '95' },
      { c: { coreSize: -1 } },
      { c: null },
      { s: -1 },
      { r: 0.5 },
      { p: [1, 2] },
      { p: ['0'] },
      { f: 1 },
      { f: -1 },
    ];
    for (const change of changes) {
      expect(() => unpackBattle(pack({ ...valid, ...change })), JSON.stringify(change)).toThrow(
        UserError,
      );
    }
    for (const value of [null, 3, [], 'x'])
      expect(() => unpackBattle(pack(value))).toThrow(UserError);
  });
});

describe('a choice becomes a battle', () => {
  test('that `primordia battle` plays too, with the same seed and round', () => {
    for (const round of [0, 1, 5]) {
      const battle = openBattle(['dwarf', 'scanner', 'imp'], { seed: 11, round });
      const job = resolveBattle(battle.warriors, battle.settings, { seed: 11, rounds: 6 });
      const { positions, first } = [...planRounds(job)][round]!;
      expect(battle.setup).toEqual({ positions, first });
    }
    const given = openBattle(['dwarf', 'imp'], { positions: [100, 4000], first: 1 });
    expect(given.setup).toEqual({ positions: [100, 4000], first: 1 });
  });

  test('or what keeps it from beginning is said', () => {
    const entry = (source: string) => ({ id: 0, name: 'Mine', source });
    expect(faultsOf({ entries: [] })).toEqual([
      'A battle needs a warrior: add one, or drop a file here.',
    ]);
    expect(faultsOf({ entries: [entry('mvo 0, 1')] })).toEqual([
      "Mine does not assemble: line 1, 'mvo' is not an opcode.",
    ]);
    expect(faultsOf({ entries: [entry('; nothing')] })).toEqual(['Mine has no instruction.']);
    expect(faultsOf({ positions: [0, 0] })).toEqual(['Gate at 0 overlaps Imp at 0.']);
    expect(faultsOf({ positions: [0, 9000] })[0]).toMatch(/outside of the core of 8000/);
    expect(faultsOf({ positions: [0] })[0]).toMatch(/2 warriors need 2 positions/);
    const settings = makeSettings({ coreSize: 150 });
    expect(faultsOf({ setting: 'custom', settings })[0]).toMatch(/do not fit a core of 150/);
    expect(checkSettings(makeSettings({ readLimit: 3 }))).toMatch(/does not divide the core size/);
    expect(checkSettings(makeSettings({ coreSize: 100_000 }))).toMatch(
      /this page plays 1 to 65,536/,
    );
    expect(checkSettings(makeSettings({ maxCycles: 0 }))).toMatch(/number of cycles is 0/);
    expect(checkSettings(namedSettings('nano'))).toBeNull();
  });

  test('by the rules of the setting', () => {
    const source = ';assert 1\nload LDP.AB #0, 1\n MOV.I 0, 1\n';
    const check = (setting: '94' | '94nop' | '88') =>
      assembleEntry(source, { setting, settings: namedSettings(setting) }, { warriors: 1 });
    expect(check('94').warrior).not.toBeNull();
    expect(check('94nop')).toMatchObject({ warrior: null });
    expect(check('94nop').diagnostics.at(-1)).toMatchObject({ line: 2, column: 6, text: 'LDP' });
    expect(check('88').warrior).toBeNull();
  });

  test('positions are typed', () => {
    expect(parsePositions(' 0, 4000;12 ')).toEqual([0, 4000, 12]);
    expect(parsePositions('  ')).toBeNull();
    expect(parsePositions('0, -5')).toMatch(/“-5” is not an address/);
  });
});

test('an instruction for a cell', () => {
  const settings = makeSettings();
  expect(parseCell('mov 0, 1', settings)).toEqual({
    instruction: { opcode: 'MOV', modifier: 'I', aMode: '$', a: 0, bMode: '$', b: 1 },
  });
  expect(parseCell('add.ab #-1, @coresize', settings)).toHaveProperty('fault');
  expect(parseCell('', settings)).toHaveProperty('fault');
  expect(parseCell('mov 0, 1\nmov 0, 1', settings)).toEqual({
    fault: 'A cell holds one instruction, such as MOV.I $0, $1.',
  });
  expect(parseCell('mvo 0, 1', settings)).toEqual({
    fault: "'mvo' is not an opcode (did you mean MOV?)",
  });
});

describe('files', () => {
  const read = (name: string, content: string | Uint8Array) =>
    readWarriorFile(new File([content as BlobPart], name));

  test('of Redcode are taken', async () => {
    expect(await read('imp.red', 'mov 0, 1\r\n')).toEqual({
      kind: 'warrior',
      name: 'imp',
      source: 'mov 0, 1\r\n',
    });
    const latin = await read('x.ld', new Uint8Array([0x3b, 0xe4, 10]));
    expect(latin).toEqual({ kind: 'warrior', name: 'x', source: ';ä\n' });
  });

  test('that are giant, binary, empty or unreadable are refused in a sentence', async () => {
    const refused = async (answer: ReturnType<typeof readWarriorFile>) => {
      const found = await answer;
      return found.kind === 'refused' ? found.message : found;
    };
    const giant = {
      name: 'giant.red',
      size: 3 * 2 ** 30,
      arrayBuffer: () => Promise.reject(new Error('was read')),
    };
    expect(await refused(readWarriorFile(giant))).toBe(
      'giant.red has 3072.0 MiB; a warrior has at most 256 KiB.',
    );
    expect(await refused(read('a.png', new Uint8Array([0x89, 0x50, 0, 1])))).toMatch(/is not text/);
    expect(await refused(read('a.red', ''))).toBe('a.red is empty.');
    expect(await refused(readWarriorFile({ ...giant, size: 5 }))).toMatch(/cannot be read/);
  });
});

describe('the map', () => {
  test.each([
    [8000, 360],
    [8000, 820],
    [80, 360],
    [55_440, 360],
    [1, 300],
  ])('%i cells on %i pixels', (coreSize, width) => {
    const layout = layOutCore(coreSize, width);
    const { columns, rows, side } = layout;
    expect(columns * side).toBeLessThanOrEqual(width);
    expect(columns * rows).toBeGreaterThanOrEqual(coreSize);
    expect(columns * (rows - 1)).toBeLessThan(coreSize);
    for (const address of [0, coreSize - 1, Math.floor(coreSize / 3)]) {
      const x = (address % columns) * side + side / 2;
      const y = Math.floor(address / columns) * side + side / 2;
      expect(addressAt(layout, coreSize, x, y)).toBe(address);
      expect(addressAt(layout, coreSize, x + columns * side, y)).toBeNull();
      const right = moveAddress('ArrowRight', address, layout, coreSize)!;
      expect(right).toBe((address + 1) % coreSize);
      expect(moveAddress('ArrowLeft', right, layout, coreSize)).toBe(address);
    }
    expect(moveAddress('x', 0, layout, coreSize)).toBeNull();
  });
});

test('the pieces of a line of Redcode', () => {
  const kinds = (line: string) =>
    classifyRedcode(line).map(({ from, to, kind }) => `${kind} ${line.slice(from, to)}`);
  expect(kinds('start mov.i  *2*3, >CORESIZE-x ; note')).toEqual([
    'label start',
    'opcode mov',
    'punctuation .',
    'modifier i',
    'mode *',
    'number 2',
    'operator *',
    'number 3',
    'punctuation ,',
    'mode >',
    'constant CORESIZE',
    'operator -',
    'name x',
    'comment ; note',
  ]);
  expect(kinds(';name Imp')).toEqual(['title ;name Imp']);
  expect(kinds('step equ 4')).toEqual(['label step', 'directive equ', 'number 4']);
  expect(kinds('mvo 0 ~')).toEqual(['label mvo', 'number 0', 'unknown ~']);
});

describe('a hill', () => {
  const choice = {
    entries: ['dwarf', 'imp', 'sweeper', 'imp', 'threads'].map((name, id) => ({
      id,
      ...sample(name),
    })),
    setting: '94nop',
    settings: namedSettings('94nop'),
    rounds: 6,
    seed: 5,
  } as const;
  const broken = { id: 9, name: 'broken', source: 'mvo 0, 1' };
  const { hill, places, faults } = openHill({ ...choice, entries: [broken, ...choice.entries] });

  test('has the warriors that assemble, once each, under the names of the arena', () => {
    expect(hill.warriors.map(({ warrior }) => warrior.name)).toEqual([
      'Dwarf',
      'Imp',
      'Sweeper',
      'Threads',
    ]);
    expect(places).toEqual([1, 2, 3, 5]);
    expect(faults).toEqual([
      "broken is left out: line 1, 'mvo' is not an opcode.",
      'imp is left out: it is the same as Imp.',
    ]);
    for (const { id, warrior } of hill.warriors) expect(id).toBe(warriorId(warrior));
    expect(hashWarrior(hill.warriors[0]!.warrior)).toMatch(/^[0-9a-f]{16}$/);
  });

  test('has the results of `playBattle` on the plain MARS, round by round', () => {
    const played = [...playPairs(hill)];
    expect(played).toHaveLength(6);
    missingPairs(hill).forEach((pair, i) => {
      const job = pairJob(pair, hill.rules);
      const { outcomes } = playBattle(createPlainMars(job.settings), job);
      const expected = [outcomes[0]![1], outcomes[1]![1], outcomes[0]![2]];
      expect(played[i]!.result).toEqual(expected);
      const winners = listRounds(pair, hill).map(({ winner }) => winner);
      const count = (one: string) => winners.filter((winner) => winner === one).length;
      expect([count('lower'), count('higher'), count('tie')]).toEqual(expected);
    });
  });
});
