import { expect, test } from 'vitest';
import { DWARF, SITTER, SUICIDE } from '../../test/support/warriors.ts';
import { createDebugger } from './debugger.ts';
import { createPlainMars } from './mars/plain-mars.ts';
import { makeSettings } from './settings.ts';

const settings = makeSettings({ maxCycles: 200 });
const open = (warriors = [DWARF]) => {
  const setup = { positions: [0, 4000].slice(0, warriors.length), first: 0 };
  const session = createDebugger(createPlainMars(settings), warriors, setup);
  return (line: string) => session.execute(line).text;
};

test('steps, lists and breaks', () => {
  const say = open([DWARF, SITTER]);
  expect(say('list . .+1')).toBe(
    '>     1  ADD.AB #     4, $    -1\n      2  MOV.I  $    -2, @    -2',
  );
  expect(say('step')).toContain('cycle 0, 2 Sitter\n>  4000  JMP.B');
  expect(say('')).toContain('cycle 1, 1 Dwarf\n>     2  MOV.I');
  expect(say('list 0 0')).toBe('      0  DAT.F  $     0, $     8');
  expect(say('break 3')).toBe('breakpoints: 3');
  expect(say('go')).toContain('>*    3  JMP.B');
  expect(say('go 1')).toContain('cycle 3');
  expect(say('queue')).toBe('1 Dwarf: 1');
  expect(say('registers')).toContain('2 Sitter: 1 processes, next 4000');
  expect(say('edit 1 DAT.F #-1, $2')).toBe('>     1  DAT.F  #    -1, $     2');
  expect(say('step')).toBe('the round is over after 4 cycles: Sitter alive');
  expect(say('registers')).toContain('1 Dwarf: 0 processes, dead');
  expect(say('restart')).toContain('cycle 0, 1 Dwarf');
});

test('plays to the end, and looks at it afterwards', () => {
  const say = open([SITTER, SITTER]);
  expect(say('go')).toBe('the round is over after 200 cycles: Sitter, Sitter alive');
  for (const line of ['step', 'go', 'registers', 'list', 'queue', 'pspace 2']) {
    expect(say(line)).not.toContain('error');
  }
  expect(open([SUICIDE])('step')).toContain('nobody alive');
});

test('wrong commands are explained', () => {
  const say = open();
  expect(say('stpe')).toBe('error: "stpe" is not a command (did you mean step?)');
  expect(say('list x')).toBe('error: "x" is not an address');
  expect(say('step -1')).toBe('error: "-1" is not a count');
  expect(say('queue 3')).toContain('there is no warrior 3');
  expect(say('clear 7')).toBe('error: no breakpoint at 7');
  expect(say('edit 0 MOV 0, 1')).toContain('is not an instruction');
});
