// Sessions as they are typed; the values are worked out by hand.

import { describe, expect, test } from 'vitest';
import { type SessionSetup, typeSession } from '../../../test/support/debug-session.ts';

const source = (name: string, ...lines: string[]) =>
  [`;redcode-94`, `;name ${name}`, ';author us', ';assert 1', ...lines].join('\n');
const DWARF = source(
  ...['Dwarf', 'bomb dat 0, 4', 'go add.ab #4, bomb', 'mov bomb, @bomb', 'again jmp go', 'end go'],
);
const SITTER = source('Sitter', 'here jmp here');
const MORTAL = source('Mortal', 'nop 0', 'x dat 0');
const SPLITTER = source('Splitter', 'spl 0', 'jmp -1');
const COUNTER = source(
  'Counter',
  'ldp.ab #1, n',
  'add.ab #1, n',
  'stp.b n, n2',
  'n dat 0',
  'n2 dat 1, 1',
);

/** What is shown after the first line, a line each, without spaces at their ends. */
function shown(script: string, setup: Partial<SessionSetup> = {}): string[] {
  const { text } = typeSession(`${script}\nquit`, { sources: [DWARF, SITTER], ...setup });
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.trimEnd());
}

describe('breakpoints', () => {
  test('stop where their condition is not 0, and show as T', () => {
    const lines = shown(
      'break again if B[bomb] >= 12\ngo\ncalc B[0],cycle\nuntrace again\nlist again',
    );
    expect(lines).toEqual([
      '00003   JMP.B  $    -2, $     0    T',
      '12,995',
      '00003   JMP.B  $    -2, $     0',
    ]);
  });

  test('a condition moves with the cell that MOV.I copies', () => {
    // Bombs of 4 to 8 land on 8 and 12; a bomb is traced, and the copy of it that lands on the sitter stops there.
    const setup = {
      positions: [0, 12],
      settings: { minSeparation: 4, maxLength: 4, maxCycles: 1000 },
    };
    expect(shown('trace bomb if b==12\ngo\ncalc pc', setup)).toEqual([
      '00012   DAT.F  $     0, $    12    T',
      '12',
    ]);
    const off = shown('moveable off\ntrace bomb if b==12\ngo\nlist 12', setup);
    expect(off.slice(1)).toEqual([
      '00012   DAT.F  $     0, $    12',
      '00012   DAT.F  $     0, $    12',
    ]);
  });

  test('are at most 100,000', () => {
    const setup = { settings: { coreSize: 100_002, maxCycles: 1000 } };
    const script = 'trace 0,$\nlist 5\ntrace 0,99999\ntrace 5\ntrace 100000';
    expect(shown(`${script}\nuntrace 5\ntrace 100000\nlist 100000`, setup)).toEqual([
      'error: 100,002 breakpoints are more than 100,000 (give a smaller range)',
      '00005',
      'error: there are 100,000 breakpoints, and no room for one at 100000 (untrace removes them)',
      '100000   DAT.F  $     0, $     0    T',
    ]);
  });

  test('what is wrong with a condition is said when it is set, and assigns nothing', () => {
    expect(shown('break 1 if zzzzzz\nbreak 1 if\nbreak 1 if 1/0')).toEqual([
      'error: "zzzzzz" is neither a label nor a variable (labels lists the labels; variables are C to Z)',
      'error: an expression is missing after if',
      'error: "1/0": division by zero',
    ]);
    expect(shown('break 1 if (c=5)\ncalc c')).toEqual(['0']);
  });
});

describe('addresses', () => {
  test('labels go by the warrior that moves, then the others, or by its number', () => {
    expect(shown('calc again,here\ncalc 2:here+1\ncalc 1:here')).toEqual([
      '3,1000',
      '1001',
      'error: "1:here" is neither a label nor a variable (did you mean here?)',
    ]);
    const twice = { sources: [DWARF, DWARF], positions: [0, 500] };
    expect(shown('calc bomb,2:bomb\n@step\ncalc bomb,1:bomb', twice)).toEqual(['0,500', '500,0']);
    expect(shown('calc 1:x,x\nlabels', { sources: [MORTAL] })).toEqual([
      '1,0',
      'Warrior 0 (PC1) Mortal: 1:x=1',
    ]);
  });

  test('variables are 0 until they are assigned', () => {
    expect(shown('calc s,w\ncalc w=3\ncalc w')).toEqual(['0,0', '3', '3']);
  });

  test('fields of any cell', () => {
    expect(shown('calc A[bomb],B[bomb]\ncalc B[again+A[again]]\ncalc A[7')).toEqual([
      '0,4',
      '7999',
      "error: '[' without a ']'",
    ]);
  });
});

describe('changes', () => {
  test('an instruction that is written at PC runs next, and so does another address', () => {
    expect(shown('@edit pc~jmp here\n@step\ncalc pc1')).toEqual(['1000']);
    expect(shown('@step 3\ncalc pc1')).toEqual(['1']);
    const queue = { sources: [SPLITTER] };
    expect(shown('@skip 4\n@execute 1\nregisters', queue)[2]).toBe('  queue: [0]->');
  });

  test('EQUs and labels that are typed last for the session', () => {
    const script =
      '@edit 100,102~step equ 7~two equ nop 1~equ nop step~two~jmp again\nlist 100,102\n@fill 200,201~here2 dat here2, step';
    expect(shown(`${script}\nlist 200,201\ncalc here2`)).toEqual([
      '00100   NOP.F  $     1, $     0',
      '00101   NOP.F  $     7, $     0',
      '00102   JMP.B  $   -99, $     0',
      '00200   DAT.F  $     0, $     7',
      '00201   DAT.F  $     0, $     7',
      '201',
    ]);
  });

  test('an EQU that touches a number before it is still one', () => {
    expect(shown('edit 0~5equ 3')).toContainEqual(
      expect.stringContaining('error: EQU needs a name before it'),
    );
    const lines = shown('@edit 0~y 5equ 3~dat y\nlist 0');
    expect(lines).toEqual(['00000   DAT.F  #     0, $     3']);
  });

  test('a wrong instruction is explained, and ends the edit', () => {
    const lines = shown('edit 5,9~mov 1~echo went on');
    expect(lines.slice(-2)).toEqual([
      expect.stringContaining('error: MOV needs two operands'),
      'went on',
    ]);
  });

  test('a queue of another warrior, and the cells that it runs', () => {
    const setup = { sources: [SPLITTER, SITTER] };
    expect(
      shown('@skip 6\npqueue 1\nlist 0,$\n@edit 1~nop 5\npqueue off\nlist 0,1', setup),
    ).toEqual([
      '0   ->00001   JMP.B  $    -1, $     0',
      '0   ->00001   JMP.B  $    -1, $     0',
      '1   ->00000   SPL.B  $     0, $     0',
      '2   ->00001   JMP.B  $    -1, $     0',
      '3   ->00000   SPL.B  $     0, $     0',
      '00000   NOP.F  $     5, $     0',
      '00000   NOP.F  $     5, $     0',
      '00001   JMP.B  $    -1, $     0',
    ]);
  });
});

describe('rounds', () => {
  const setup = { sources: [COUNTER, SITTER], rounds: 3 };

  test('A and B of a P-space are its number: those with the same PIN share one, and 0 takes those without', () => {
    const number = (...pins: (number | null)[]) => {
      const sources = pins.map((pin) => (pin === null ? MORTAL : `${MORTAL}\npin ${pin}`));
      const script = pins.map((_, i) => `@pspace ${i + 1}\ncalc a,b`).join('\n');
      return shown(script, { sources });
    };
    expect(number(1, 1, null)).toEqual(['0,0', '0,0', '1,1']);
    expect(number(0, null, null, 1)).toEqual(['0,0', '0,0', '0,0', '1,1']);
    expect(number(null, 0, null)).toEqual(['0,0', '1,1', '1,1']);
  });

  test('P-space lasts from round to round, and can be changed between them', () => {
    const script =
      '@pspace 1\n@go\nlist 1\n@step\n@pspace 1\n@edit 1~40\n@go\n@pspace 1\nlist 0,1\ncalc round';
    expect(shown(script, setup)).toEqual(['[   1]=1', '[   0]=0', '[   1]=41', '2']);
  });

  test('restart begins the round again, with its P-space and scores', () => {
    const script = '@go\nprogress\nrestart\nprogress\n@pspace\nlist 1\n@pspace off\n@go\nprogress';
    const lines = shown(script, setup);
    expect(lines.filter((line) => /Results|LDP|\]/.test(line))).toEqual([
      'Results: 0 1 0',
      '00000   LDP.AB #     1, $     3',
      'Results: 0 0 0',
      '[   1]=0',
      'Results: 0 1 0',
    ]);
  });

  test('the end of the input plays all rounds, quit none', () => {
    const options = { ...setup, sources: [MORTAL, SITTER] };
    expect(typeSession('step', options).end).toEqual({
      isAborted: false,
      outcomes: [
        [3, 0, 0],
        [0, 3, 0],
      ],
    });
    expect(typeSession('go\nquit', options).end).toEqual({
      isAborted: true,
      outcomes: [
        [1, 0, 0],
        [0, 1, 0],
      ],
    });
  });

  test('go stops at each death, and a step goes on to the next warrior', () => {
    const melee = { sources: [MORTAL, SITTER, SPLITTER], settings: { maxCycles: 4 } };
    expect(shown('go\nregisters\nstep\ngo', melee)).toEqual([
      'Warrior 0 (Mortal) has died.',
      '00001   DAT.F  #     0, $     0',
      'Round 1 of 1, 3 cycles left',
      'Warrior 0 (PC1) Mortal moves: 0 processes',
      '  queue: dead',
      '  P-space: <7999> 0 0 0 0 0 0 0 0 0 ..',
      'Warrior 1 (PC2) Sitter: 1 process, next at 1000',
      'Warrior 2 (PC3) Splitter: 2 processes, next at 2001',
      '2 of 3 warriors are alive',
      '01000   JMP.B  $     0, $     0',
      // A death but the last cuts one instruction off the end of a round: the sitter has the last one.
      'Round 1 is over.',
      '01000   JMP.B  $     0, $     0',
    ]);
  });
});

describe('chains and macros', () => {
  const macroFiles = {
    tools:
      'a remark\nTwice = echo once~echo ag\\\nain\ndown=if x<1~reset~calc x~@calc x=x-1~macro down',
    'pmars.mac': 'default=echo loaded',
  };

  test('macros come from files, call themselves and one another', () => {
    const script = 'macro ,tools\nmacro TWICE\n@calc x=3\nmacro down\nmacro no';
    expect(shown(script, { macroFiles })).toEqual([
      'TWICE= echo once~echo again',
      'DOWN=if x<1~reset~calc x~@calc x=x-1~macro down',
      'once',
      'again',
      '3',
      '2',
      '1',
      'error: there is no macro NO (macro lists them)',
    ]);
    expect(shown('macro default', { macroFiles })).toEqual(['loaded']);
    expect(shown('macro twice')).toEqual(['error: pmars.mac does not exist']);
  });

  test('blocks within blocks, and leaving them', () => {
    expect(
      shown('@calc c=0~!!~@calc d=0~!!~calc c,d~@calc d=d+1~!2~@calc c=c+1~!2~echo end'),
    ).toEqual(['0,0', '0,1', '1,0', '1,1', 'end']);
    expect(shown('@calc c=0~!!~@calc c=c+1~if c<4~!~calc c')).toEqual(['4']);
    expect(shown('if 0~!!~echo a~!!~echo b~!2~echo c~!2~echo d')).toEqual(['d']);
  });

  test('loops without end are given up', () => {
    const setup = { maxIdleCommands: 100, macroFiles: { loops: 'a=macro a\nb=macro b~echo' } };
    const hint = '(the loop may have no end; the rest of this line is dropped)';
    const error = `error: 100 commands ran without an instruction between them ${hint}`;
    expect(shown('!!~@calc 1~!\n@macro a,loops\nmacro b\n!!~@restart~@step~!', setup)).toEqual([
      error,
      error,
      error,
      error,
    ]);
    expect(shown('macro b,loops', { macroFiles: setup.macroFiles })[0]).toMatch(
      /^error: macros make more than 20000 commands of this line/,
    );
  });

  test('Ctrl-C ends a range where it is', () => {
    const interrupted = (script: string, interruptAt: number) =>
      typeSession(`${script}\nquit`, {
        sources: [DWARF],
        interruptAt,
        settings: { coreSize: 100_000, maxCycles: 1000 },
      })
        .text.trimEnd()
        .split('\n')
        .map((line) => line.trimEnd());
    const traced = interrupted('trace 0,$\nlist 4000\nlist 5000', 1);
    expect(traced.slice(1)).toEqual([
      'Interrupted.',
      '04000   DAT.F  $     0, $     0    T',
      '05000',
    ]);
    const freed = interrupted('trace 0,$\nuntrace 0,$\nlist 4000\nlist 5000', 21);
    expect(freed.slice(1)).toEqual([
      'Interrupted.',
      '04000',
      '05000   DAT.F  $     0, $     0    T',
    ]);
    const filled = interrupted('fill 0,$\nnop 1\nlist 4000\nlist 5000', 1);
    expect(filled.slice(1)).toEqual(['Interrupted.', '04000   NOP.F  $     1, $     0', '05000']);
    expect(interrupted('list 0,$', 1).length).toBeLessThan(5005);
    expect(interrupted('search nop*', 1).slice(1)).toEqual(['Interrupted.']);
  });

  test('Ctrl-C ends a loop and stops the battle', () => {
    const loop = typeSession('!!~@calc 1~!\necho next\nquit', { sources: [DWARF], interruptAt: 3 });
    expect(loop.text.split('\n').slice(1)).toEqual(['Interrupted.', 'next', '']);
    const settings = { maxCycles: 1_000_000 };
    const run = typeSession('continue\nquit', { sources: [DWARF], settings, interruptAt: 2 });
    // 200,000 instructions of a loop of three: the third of them is next.
    expect(run.text).toMatch(/Interrupted\.\n00003 {3}JMP/);
    expect(run.end.isAborted).toBe(true);
  });
});

describe('output', () => {
  test('@ hides from the screen, & from the log too', () => {
    const { text, logs } = typeSession('write log\n@list 0\n&list 1\nlist 2\nwrite\nquit', {
      sources: [DWARF],
    });
    expect(
      text
        .split('\n')
        .slice(1, -1)
        .map((line) => line.trimEnd()),
    ).toEqual([
      'What is shown is appended to log.',
      '00002   MOV.I  $    -2, @    -2',
      'The log file is closed.',
    ]);
    const kept = logs
      .get('log')!
      .split('\n')
      .map((line) => line.trimEnd());
    expect(kept).toEqual([
      'What is shown is appended to log.',
      '(cdb) @list 0',
      '00000   DAT.F  $     0, $     4',
      '(cdb) &list 1',
      '(cdb) list 2',
      '00002   MOV.I  $    -2, @    -2',
      '(cdb) write',
      'The log file is closed.',
      '',
    ]);
  });

  test('pages end with q, go on with a, and take their answers from the chain', () => {
    const count = (script: string) =>
      shown(script, { pageLines: 3 }).filter((line) => /^\d{5}/.test(line));
    expect(count('list 10,19\nq').length).toBe(3);
    expect(count('list 10,19\n \nq').length).toBe(6);
    expect(count('list 10,19~a').length).toBe(10);
    expect(count('@list 10,19~list 20').length).toBe(1);
  });

  test('wrong commands are explained', () => {
    expect(shown('stop\nskip 1,2\nmoveable\npqueue 3\nsearch\nwrite\nlist 1+')).toEqual([
      'error: "stop" is not a command (did you mean step?)',
      'error: skip takes one number',
      'error: moveable takes on or off',
      'error: there is no warrior 3 (they count from 1 to 2 here)',
      'error: search needs a pattern (such as: search dat*,#0)',
      'error: write needs the name of a file',
      'error: "1+": the expression ends too early',
    ]);
  });
});
