// What the plain MARS tells of its instructions, and rounds that are saved and restored.

import { describe, expect, test } from 'vitest';
import { parseLoadFile } from '../../../test/support/load-file.ts';
import {
  createDraw,
  type Draw,
  drawProgram,
  drawSettings,
} from '../../../test/support/random-programs.ts';
import { foldIn, keyFromSeed } from '../../core/index.ts';
import { makeSettings } from '../settings.ts';
import type { InspectableMars, SavedRound } from './mars.ts';
import { createPlainMars } from './plain-mars.ts';

const KEY = keyFromSeed(Number(process.env.MARS_TEST_SEED ?? 94));

describe('what is told', () => {
  test.each([
    ['MOV.I $1, $2', ['execute 0', 'read 1', 'queue 1', 'write 2']],
    ['MOV.AB #1, $2', ['execute 0', 'queue 1', 'write 2']],
    ['MOV.I >1, @2', ['execute 0', 'read 6', 'change 1', 'read 2', 'queue 1', 'write 5']],
    // The A-field of cell 1 becomes -1.
    ['MOV.I {1, *1', ['execute 0', 'change 1', 'read 0', 'read 1', 'queue 1', 'write 0']],
    ['ADD.F $1, <2', ['execute 0', 'read 1', 'change 2', 'read 4', 'queue 1', 'write 4']],
    ['SNE.I $1, $2', ['execute 0', 'read 1', 'read 2', 'queue 2']],
    ['JMP.B $2, <1', ['execute 0', 'change 1', 'queue 2']],
    ['DJN.B $2, $1', ['execute 0', 'read 1', 'queue 2', 'write 1']],
    ['SPL.B $2, $0', ['execute 0', 'queue 1', 'queue 2']],
    ['DAT.F $1, $2', ['execute 0']],
    ['MOD.A $0, $2', ['execute 0', 'read 0', 'read 2']],
  ])('%s', (line, expected) => {
    const mars = createPlainMars(makeSettings());
    mars.load([{ ...parseLoadFile(`${line}\nDAT.F $0, $5\nDAT.F $0, $3`, 'a'), pin: null }]);
    mars.begin({ positions: [0], first: 0 });
    const told: string[] = [];
    mars.observe((access, address, warrior) => {
      expect(warrior).toBe(0);
      told.push(`${access} ${address}`);
    });
    mars.step(1);
    expect(told).toEqual(expected);
    mars.observe(null);
    mars.step(1);
    expect(told).toEqual(expected);
  });

  test('in random programs: nothing else matters to an instruction, and nothing else changes', () => {
    let executed = 0;
    for (let i = 0; i < 40; i++) {
      const draw = createDraw(foldIn(KEY, i));
      const settings = { ...drawSettings(draw), coreSize: 20 + draw(60) };
      const limits = { readLimit: settings.coreSize, writeLimit: settings.coreSize };
      const sized = { ...settings, ...limits, pspaceSize: 1 + draw(10) };
      const [mars, other] = [createPlainMars(sized), createPlainMars(sized)];
      const { warriors, setup } = drawProgram(draw, sized);
      for (const one of [mars, other]) {
        one.load(warriors);
        one.begin(setup);
      }
      for (let step = 0; step < 40 && mars.turn().warrior >= 0; step++) {
        executed++;
        const before = mars.save();
        const touched = observeStep(mars);
        const spoiled = spoil(before, touched.all, draw);
        other.restore(spoiled);
        other.step(1);
        const [after, otherAfter] = [mars.save(), other.save()];
        expect(queuesOf(otherAfter)).toBe(queuesOf(after));
        const wrong = before.core.code.findIndex((_, address) => {
          const isWritten = touched.written.has(address);
          return (
            !isSame(otherAfter, isWritten ? after : spoiled, address) ||
            (!isWritten && !isSame(after, before, address))
          );
        });
        expect(wrong).toBe(-1);
      }
    }
    expect(executed).toBeGreaterThan(500);
  });
});

function observeStep(mars: InspectableMars) {
  const all = new Set<number>();
  const written = new Set<number>();
  const queued: number[] = [];
  mars.observe((access, address) => {
    if (access === 'queue') queued.push(address);
    else all.add(address);
    if (access === 'change' || access === 'write') written.add(address);
  });
  const { warrior } = mars.turn();
  const [entry] = mars.trace(1);
  mars.observe(null);
  if (entry!.written >= 0) expect(written).toContain(entry!.written);
  const queue = [...mars.readQueue(warrior)];
  expect(queue.slice(queue.length - queued.length)).toEqual(queued);
  return { all, written };
}

/** The round with other instructions in all cells but some. */
function spoil(round: SavedRound, kept: ReadonlySet<number>, draw: Draw): SavedRound {
  const size = round.core.code.length;
  const other = (values: Uint32Array | Uint16Array, bound: number) =>
    values.map((value, i) => (kept.has(i) ? value : draw(bound)));
  const core = {
    code: other(round.core.code, 19 << 9).map((code) =>
      ((code >> 6) & 7) === 7 ? code - 64 : code,
    ) as Uint16Array,
    a: other(round.core.a, size) as Uint32Array,
    b: other(round.core.b, size) as Uint32Array,
  };
  return { ...round, core };
}

const isSame = ({ core }: SavedRound, other: SavedRound, address: number) =>
  (['code', 'a', 'b'] as const).every((part) => core[part][address] === other.core[part][address]);

const queuesOf = ({ players }: SavedRound) => players.map(({ queue }) => queue.join()).join(' ');

test('a round goes on from where it was saved, as often as one likes', () => {
  const draw = createDraw(foldIn(KEY, 'saved'));
  let executed = 0;
  for (let i = 0; i < 20; i++) {
    const settings = makeSettings({ coreSize: 20 + draw(60), maxCycles: 200, pspaceSize: 5 });
    const { warriors, setup } = drawProgram(draw, settings);
    const mars = createPlainMars(settings);
    mars.load(warriors);
    mars.begin(setup);
    mars.step(draw(100));
    const saved = mars.save();
    const copy = structuredClone(saved);
    const first = [mars.trace(200), mars.save(), mars.result()];
    expect(saved).toEqual(copy);
    mars.restore(saved);
    expect([mars.trace(200), mars.save(), mars.result()]).toEqual(first);
    executed += (first[0] as readonly unknown[]).length;
  }
  expect(executed).toBeGreaterThan(500);
});
