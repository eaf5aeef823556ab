import { expect, test } from 'vitest';
import { DWARF, IMP } from '../../test/support/warriors.ts';
import { type BattleJob, makeSettings, type Warrior } from '../corewar/index.ts';
import { createInterner } from './intern-warriors.ts';

const settings = makeSettings();
const job = (...warriors: Warrior[]): BattleJob => ({
  settings,
  warriors,
  rounds: 1,
  order: 'first',
  placement: { kind: 'fixed', positions: [0, 1000] },
});

test('warriors and settings are sent once, until there are too many', () => {
  const { pack } = createInterner(3);
  const first = pack([job(IMP, DWARF), job(DWARF, DWARF)]);
  expect([first.warriors.length, first.settings.length, first.forget]).toEqual([2, 1, false]);
  expect(first.jobs[1]!.warriors[0]).toBe(first.jobs[0]!.warriors[1]);
  const more = pack([job(DWARF, { ...IMP })]);
  expect([more.warriors.length, more.settings.length, more.forget]).toEqual([1, 0, false]);
  const fresh = pack([job(DWARF, IMP)]);
  expect([fresh.warriors.length, fresh.settings.length, fresh.forget]).toEqual([2, 1, true]);
});
