// A round of Core War forward and backward, as the page plays it, held against the MARS.

import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  createMars,
  createPlainMars,
  formatInstruction,
  makeSettings,
  unpackCode,
} from '../../src/corewar/index.ts';
import { createController } from '../../studio/pages/core-war/battle-controller.ts';
import {
  createReplay,
  positionOfCycle,
  positionOfDeath,
  type Replay,
} from '../../studio/pages/core-war/battle-replay.ts';
import { choiceOf, setUpBattle } from '../../studio/pages/core-war/battle-setup.ts';
import { describeStep } from '../../studio/pages/core-war/describe-step.ts';
import { parseCell } from '../../studio/pages/core-war/parse-cell.ts';
import { MARKS } from '../../studio/pages/core-war/touch-map.ts';
import { openBattle } from '../support/core-war-battles.ts';

/** All that a replay shows: the next instruction, cells, queues, marks. */
function stateOf(replay: Replay) {
  const { settings, warriors } = replay.battle;
  return {
    next: replay.next(),
    last: replay.last(),
    cells: Array.from({ length: settings.coreSize }, (_, i) =>
      formatInstruction(replay.cell(i), settings.coreSize),
    ).join('\n'),
    queues: warriors.map((_, i) => replay.queue(i).join()),
    touched: Object.values(replay.touched).map((values) => values.join()),
  };
}

describe('a replay', () => {
  const battles = [
    openBattle(['stunner', 'threads']),
    openBattle(['dwarf', 'imp', 'sweeper', 'vampire'], { seed: 3, round: 2 }),
    openBattle(['dwarf', 'gate'], {
      setting: 'custom',
      settings: makeSettings({ coreSize: 800, maxCycles: 3000, readLimit: 400, writeLimit: 200 }),
    }),
  ];

  test.each(battles)('is what the MARS does, forward and backward', (battle) => {
    const replay = createReplay(battle);
    const { instructions } = replay.outcome();
    const fast = createMars(battle.settings);
    fast.load(battle.warriors);
    expect(fast.play(battle.setup)).toMatchObject(replay.outcome());
    const goals = [1, 500, 499, 2100, instructions, 3, instructions - 1, 2047, 2048, 2049, 0, 777];
    for (const goal of goals) {
      replay.seek(goal);
      const at = Math.min(goal, instructions);
      expect(replay.position()).toBe(at);
      const mars = createPlainMars(battle.settings);
      mars.load(battle.warriors);
      mars.begin(battle.setup);
      const trace = mars.trace(at);
      const { code, a, b } = mars.readCore();
      const state = stateOf(replay);
      const cells = Array.from(code, (one, i) =>
        formatInstruction(unpackCode(one, a[i]!, b[i]!), battle.settings.coreSize),
      );
      expect(state.cells).toBe(cells.join('\n'));
      expect(state.queues).toEqual(battle.warriors.map((_, i) => mars.readQueue(i).join()));
      const { warrior, cycle } = mars.turn();
      expect(state.next).toEqual(
        warrior < 0 ? null : { warrior, cycle, address: mars.nextAddress(warrior) },
      );
      const last = trace.at(-1);
      expect(state.last === null ? undefined : state.last.address).toBe(last?.address);
      expect(state.last?.warrior).toBe(last?.warrior);
      const straight = createReplay(battle);
      straight.seek(goal);
      expect(state).toEqual(stateOf(straight));
    }
  });

  test('knows where cycles begin and warriors die', () => {
    const settings = makeSettings({ coreSize: 800, maxCycles: 500, maxLength: 20 });
    const names = ['dwarf', 'imp', 'sweeper', 'gate', 'scanner'];
    let deaths = 0;
    for (const seed of [1, 2, 3, 4]) {
      const battle = openBattle(names, { setting: 'custom', settings, seed, round: seed });
      const outcome = createReplay(battle).outcome();
      const mars = createPlainMars(settings);
      mars.load(battle.warriors);
      mars.begin(battle.setup);
      let cycle = -1;
      let alive = names.length;
      for (let position = 0; mars.turn().warrior >= 0; position++) {
        if (mars.turn().cycle !== cycle) {
          cycle = mars.turn().cycle;
          expect(positionOfCycle(cycle, outcome)).toBe(position);
        }
        const { warrior } = mars.turn();
        mars.step(1);
        const now = names.filter((_, i) => mars.readQueue(i).length > 0).length;
        if (now === alive) continue;
        alive = now;
        deaths++;
        expect(positionOfDeath(warrior, outcome, battle.setup.first)).toBe(position + 1);
      }
      names.forEach((_, i) => {
        if (mars.readQueue(i).length === 0) return;
        expect(positionOfDeath(i, outcome, battle.setup.first)).toBeNull();
      });
      expect(positionOfCycle(10_000, outcome)).toBe(outcome.instructions);
    }
    expect(deaths).toBeGreaterThan(3);
  });

  test('stops before addresses, at cycles, and where it is interrupted', () => {
    const battle = openBattle(['dwarf', 'gate']);
    const replay = createReplay(battle);
    const stops = { addresses: new Set([2]), cycles: new Set<number>() };
    const hits: number[] = [];
    while (replay.run(60, stops) === 'address') {
      expect(replay.next()!.address).toBe(2);
      hits.push(replay.position());
    }
    // The third of three instructions in a loop; the other warrior moves in between.
    expect(hits).toEqual([4, 10, 16, 22, 28, 34, 40, 46, 52, 58]);
    expect(replay.position()).toBe(60);
    expect(replay.run(100, { addresses: new Set(), cycles: new Set([30, 40]) })).toBe('cycle');
    expect(replay.next()!.cycle).toBe(40);
    const fresh = createReplay(battle);
    expect(fresh.run(1000, { ...stops, cycles: new Set([1]) })).toBe('cycle');
    expect(fresh.position()).toBe(2);
    expect(createReplay(battle).run(50_000, stops, () => false)).toBe('address');
    const cut = createReplay(battle);
    expect(cut.seek(50_000, () => false)).toBe(false);
    expect(cut.position()).toBeLessThan(5000);
    expect(cut.seek(50_000)).toBe(true);
    const whole = createReplay(battle);
    whole.seek(50_000);
    expect(stateOf(cut)).toEqual(stateOf(whole));
  });

  test('prepares jumps out of sight, in slices', () => {
    const battle = openBattle(['dwarf', 'gate']);
    const [replay, other] = [createReplay(battle), createReplay(battle)];
    for (const one of [replay, other]) one.seek(5000);
    let slices = 0;
    for (let left = 3; !replay.prepare(() => left-- > 0); left = 3) slices++;
    expect(slices).toBeGreaterThan(5);
    expect(stateOf(replay)).toEqual(stateOf(other));
    // From the nearest saved state: there is no time for more.
    expect(replay.seek(159_990, () => false)).toBe(true);
    expect(other.seek(159_990, () => false)).toBe(false);
    other.seek(159_990);
    expect(stateOf(replay)).toEqual(stateOf(other));
  });

  test('takes changes of cells, at their time', () => {
    const battle = openBattle(['stunner', 'threads']);
    const { positions } = battle.setup;
    const replay = createReplay(battle);
    const before = replay.outcome();
    const jump = parseCell('JMP.B $0, $0', battle.settings);
    if ('fault' in jump) throw new Error(jump.fault);
    const address = positions[0]! + 1;
    replay.seek(301);
    replay.edit(address, jump.instruction);
    const mars = createPlainMars(battle.settings);
    mars.load(battle.warriors);
    mars.begin(battle.setup);
    mars.step(301);
    const { code, a, b } = mars.readCell(address);
    mars.writeCell(address, 7 << 9, 0, 0);
    expect([code >> 9, a, b]).not.toEqual([7, 0, 0]);
    const edited = createReplay(battle).cell(address);
    expect(edited).not.toEqual(jump.instruction);
    expect(replay.cell(address)).toEqual(jump.instruction);
    mars.writeCell(address, (7 << 9) | (1 << 6) | (1 << 3) | 1, 0, 0);
    while (mars.step(1000));
    const { instructions, cycles, deaths } = mars.result();
    expect(replay.outcome()).toEqual({ instructions, cycles, deaths });
    expect(replay.outcome()).not.toEqual(before);
    replay.seek(5000);
    replay.seek(300);
    expect(replay.cell(address)).not.toEqual(jump.instruction);
    replay.seek(302);
    expect(replay.cell(address)).toEqual(jump.instruction);
    // A change at an earlier time forgets the later one.
    replay.seek(100);
    replay.edit(7999, jump.instruction);
    expect(replay.edits()).toHaveLength(1);
    replay.seek(400);
    expect(replay.cell(address)).not.toEqual(jump.instruction);
    replay.removeEdits();
    expect([replay.position(), replay.edits(), replay.outcome()]).toEqual([0, [], before]);
    replay.seek(400);
    const fresh = createReplay(battle);
    fresh.seek(400);
    expect(stateOf(replay)).toEqual(stateOf(fresh));
  });

  test('marks who touched which cell last, and how', () => {
    const source = ['spl 1', 'mov.i $4, $5', 'add.ab #1, >2', 'dat 0, 0', 'dat 0, 3'].join('\n');
    const setup = setUpBattle(
      choiceOf({ warriors: [{ name: 'marks', source: `;assert 1\n${source}` }] }),
    );
    if (setup.kind !== 'ready') throw new Error(JSON.stringify(setup.faults));
    const replay = createReplay(setup.battle);
    const { marks, readers } = replay.touched;
    const shown = () => Array.from(marks.subarray(0, 9), (mark) => MARKS[mark]);
    expect(shown().slice(0, 6)).toEqual([...Array(5).fill('loaded'), 'untouched']);
    replay.seek(7);
    // Both processes went through all: 0 split; 1 wrote 6, reading 5; 2 changed the pointer in 4 and wrote behind it.
    expect(shown()).toEqual([
      'split',
      'executed',
      'executed',
      'died',
      'changed',
      'untouched',
      'written',
      'written',
      'written',
    ]);
    expect(readers[5]).toBe(1);
    replay.seek(0);
    expect(shown().slice(0, 6)).toEqual([...Array(5).fill('loaded'), 'untouched']);
  });

  test('says what an instruction did', () => {
    const battle = openBattle(['dwarf', 'gate'], { positions: [0, 4000], first: 0 });
    const replay = createReplay(battle);
    const lines = (position: number) => {
      replay.seek(position);
      return describeStep(replay.last()!, battle.settings);
    };
    expect(lines(1)).toEqual([
      'Reads 0003: DAT.F #0, #0',
      'Writes 0003: B-field 0 → 4',
      'Goes on at 0001.',
    ]);
    expect(lines(2)).toEqual(['Changes 3997: B-field 0 → −1', 'The process jumps to 4000.']);
    expect(lines(3)).toEqual([
      'Reads 0003: DAT.F #0, #4',
      'Reads 0003: DAT.F #0, #4',
      'Writes 0007: DAT.F #0, #4',
      'Goes on at 0002.',
    ]);
  });
});

describe('a jump', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** A clock that runs on with each look, and frames that come when they are called. */
  function slowMachine(msPerLook: number) {
    let [now, frames] = [0, 0];
    const due: (() => void)[] = [];
    vi.stubGlobal('performance', { now: () => (now += msPerLook) });
    vi.stubGlobal('requestAnimationFrame', (call: () => void) => due.push(call));
    vi.stubGlobal('cancelAnimationFrame', () => {});
    return () => {
      for (let call = due.shift(); call; call = due.shift(), frames++) call();
      return frames;
    };
  }

  test.each([
    ['a fast', 0],
    ['a slow', 60],
  ])('says the same at its end on %s machine', (_, msPerLook) => {
    const battle = openBattle(['stunner', 'threads']);
    const { instructions, deaths, cycles } = createReplay(battle).outcome();
    const drawFrames = slowMachine(msPerLook);
    const controller = createController(battle);
    const jump = (go: () => void) => {
      go();
      const frames = drawFrames();
      expect(controller.replay.position()).toBe(instructions);
      const message = controller.message.value;
      controller.seek(0);
      drawFrames();
      expect(controller.message.value).toBe('');
      return { frames, message };
    };
    // Where the last warrior but one dies, the round is over: what is said is what was asked for.
    const toDeath = jump(() => controller.seekDeath(0));
    const toEnd = jump(() => controller.seek(instructions));
    controller.close();
    expect(toDeath.frames > 0).toBe(msPerLook > 0);
    expect(toDeath.message).toBe(
      `A, Stunner, died in cycle ${deaths[0]!.toLocaleString('en-US')}.`,
    );
    expect(toEnd.message).toBe(`Threads wins after ${cycles.toLocaleString('en-US')} cycles.`);
  });
});
