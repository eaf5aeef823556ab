// Random sessions of the debugger: words of its language, and of none.

import { foldIn, type Key, keyFromSeed, randomInt } from '../../src/core/index.ts';
import { COMMANDS } from '../../src/corewar/index.ts';
import { type SessionSetup, typeSession } from './debug-session.ts';
import { SOURCES } from './warriors.ts';

const setup: SessionSetup = {
  sources: [SOURCES.splitter, SOURCES.dwarf, `here ${SOURCES.imp}`],
  settings: { coreSize: 200, maxCycles: 30, maxProcesses: 20, maxLength: 20, minSeparation: 20 },
  positions: [0, 70, 140],
  rounds: 2,
  maxIdleCommands: 200,
  macroFiles: { f: 'a=s~m a\nb=m b~m b\nc=!!~m c~!\nd=ca x=x+1~if x<5~m d' },
};

const WORDS = [
  ...COMMANDS.flatMap(({ name, short }) => [name, short[0]!]),
  '0',
  '1',
  '-1',
  '7',
  '199',
  '99999999999999999999',
  '.',
  '$',
  'A',
  'B',
  'PC',
  'PC1',
  'PC9',
  'CYCLE',
  'x',
  'y=3',
  'here',
  '2:here',
  'A[3]',
  'B[A[',
  ']',
  '(',
  ')',
  '+',
  '-',
  '*',
  '/',
  '%',
  '==',
  '=',
  '!',
  '&&',
  '~',
  '~',
  '~',
  '~~',
  '~ ~',
  '!!~',
  '~!',
  '~!3',
  '~!x',
  ',',
  '@',
  '&',
  '\\',
  ' ',
  '"',
  ';',
  '\t',
  '*',
  '?',
  'mov 0, 1',
  'dat #',
  'foo equ 5',
  'equ 7',
  'foo',
  'l for 3',
  'rof',
  'end',
  'org 5',
  'jmp foo, bar',
  'nop',
  'off',
  'on',
  'user',
  ',f',
  'a',
  'b',
  'c',
  'd',
  'if',
  'é',
  '\u0000',
  '\u001b[2J',
  '.',
];

function randomLine(key: Key): string {
  const count = 1 + randomInt(foldIn(key, 'count'), 7);
  return Array.from({ length: count }, (_, i) => {
    const word = WORDS[randomInt(foldIn(foldIn(key, 'word'), i), WORDS.length)]!;
    return randomInt(foldIn(foldIn(key, 'space'), i), 3) === 0 ? word : `${word} `;
  }).join('');
}

/**
 * Types `count` random sessions.
 *
 * @throws Error with the script of the session that failed, or did not play its rounds
 */
export function typeRandomSessions(seed: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const key = foldIn(keyFromSeed(seed), i);
    const lines = Array.from({ length: 12 }, (_, j) => randomLine(foldIn(key, j)));
    const script = lines.filter((line) => !/^\s*q(u|$|\s)/.test(line)).join('\n');
    try {
      const { end } = typeSession(`m a,f~\n${script}`, setup);
      const rounds = end.outcomes.map((counts) => counts.reduce((sum, one) => sum + one, 0));
      if (!end.isAborted && rounds.some((sum) => sum !== setup.rounds)) {
        throw new Error(`rounds: ${rounds}`);
      }
    } catch (error) {
      throw new Error(`the session failed: ${JSON.stringify(script)}`, { cause: error });
    }
  }
}
