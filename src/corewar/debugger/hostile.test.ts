// Any text that is typed is answered: no internal error, no loop without end.

import { expect, test } from 'vitest';
import { type SessionSetup, typeSession } from '../../../test/support/debug-session.ts';
import { SOURCES } from '../../../test/support/warriors.ts';
import { foldIn, type Key, keyFromSeed, randomInt } from '../../core/index.ts';
import { COMMANDS } from './commands.ts';

const setup: SessionSetup = {
  sources: [SOURCES.splitter, SOURCES.dwarf, `here ${SOURCES.imp}`],
  settings: { coreSize: 200, maxCycles: 30, maxProcesses: 20, maxLength: 20, minSeparation: 20 },
  ...{ positions: [0, 70, 140], rounds: 2, maxIdleCommands: 200 },
  macroFiles: { f: 'a=s~m a\nb=m b~m b\nc=!!~m c~!\nd=ca x=x+1~if x<5~m d' },
};

const WORDS = [
  ...COMMANDS.flatMap(({ name, short }) => [name, short[0]!]),
  ...[
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
  ],
  ...[
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
  ],
  ...[
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
  ],
  ...[
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
  ],
  ...['off', 'on', 'user', ',f', 'a', 'b', 'c', 'd', 'if', 'é', '\u0000', '\u001b[2J', '.'],
];

function randomLine(key: Key): string {
  const count = 1 + randomInt(foldIn(key, 'count'), 7);
  return Array.from({ length: count }, (_, i) => {
    const word = WORDS[randomInt(foldIn(foldIn(key, 'word'), i), WORDS.length)]!;
    return randomInt(foldIn(foldIn(key, 'space'), i), 3) === 0 ? word : `${word} `;
  }).join('');
}

test('random sessions come to their end', () => {
  const key = keyFromSeed(20);
  for (let i = 0; i < 100; i++) {
    const lines = Array.from({ length: 12 }, (_, j) => randomLine(foldIn(foldIn(key, i), j)));
    const script = lines.filter((line) => !/^\s*q(u|$|\s)/.test(line)).join('\n');
    try {
      const { end } = typeSession(`m a,f~\n${script}`, setup);
      if (!end.isAborted) {
        const rounds = end.outcomes.map((counts) => counts.reduce((sum, count) => sum + count, 0));
        expect(rounds).toEqual([2, 2, 2]);
      }
    } catch (error) {
      throw new Error(`the session failed: ${JSON.stringify(script)}`, { cause: error });
    }
  }
});
