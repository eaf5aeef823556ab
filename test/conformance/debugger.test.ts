// The values that the debugger shows, held against transcripts of pMARS 0.9.5 (a build with its debugger, and without a display).

import { expect, test } from 'vitest';
import { typeSession } from '../support/debug-session.ts';

const WARRIORS = {
  dwarf: [
    ';redcode-94',
    ';name Dwarf',
    ';assert 1',
    'ORG 1',
    'DAT.F $0, $4',
    'ADD.AB #4, $-1',
    'MOV.I $-2, @-2',
    'JMP.B $-2, $0',
  ].join('\n'),
  sitter: [';redcode-94', ';name Sitter', ';assert 1', 'jmp 0'].join('\n'),
  splitter: [';redcode-94', ';name Splitter', ';assert 1', 'spl 0', 'jmp -1'].join('\n'),
  dying: [';redcode-94', ';name Dying', ';assert 1', 'nop 0', 'nop 0', 'dat 0'].join('\n'),
  traced: [
    ';redcode-94',
    ';name Traced',
    ';assert 1',
    ';trace',
    'mov 1, 2',
    'dat 1',
    ';trace off',
    'dat 2',
    ';break',
    'mov -1, 1',
    'dat 5',
    'jmp -5',
  ].join('\n'),
  psp: [
    ';redcode-94',
    ';name Remember',
    ';assert 1',
    'ldp.ab #0, $4',
    'stp.ab #7, #3',
    'ldp.ab #3, $3',
    'dat 0',
  ].join('\n'),
} as const;

type Name = keyof typeof WARRIORS;

/** A session, its warriors, and the lines of pMARS, without prompts, its words and spaces at the end. */
const TRANSCRIPTS: readonly {
  readonly title: string;
  readonly script: string;
  readonly warriors: readonly Name[];
  readonly position?: number;
  readonly rounds?: number;
  readonly lines: string;
}[] = [
  {
    title: 'steps and lists',
    script: 's\ns\nl 0,5\nl pc\nq\n',
    warriors: ['dwarf'],
    lines: `
00001   ADD.AB #     4, $    -1
00002   MOV.I  $    -2, @    -2
00003   JMP.B  $    -2, $     0
00000   DAT.F  $     0, $     8
00001   ADD.AB #     4, $    -1
00002   MOV.I  $    -2, @    -2
00003   JMP.B  $    -2, $     0
00004
00005
00003   JMP.B  $    -2, $     0
`,
  },
  {
    title: 'skips and follows a thread',
    script: 'skip 1\nsk 0\nth\nca cycle\nq\n',
    warriors: ['dwarf', 'sitter'],
    position: 4000,
    lines: `
00001   ADD.AB #     4, $    -1
00002   MOV.I  $    -2, @    -2
04000   JMP.B  $     0, $     0
04000   JMP.B  $     0, $     0
79998
`,
  },
  {
    title: 'calculates',
    script:
      'ca x=5\nca x+1,3\ncalc\nl 2,4\nl\nca 5>3,2==2\nca !5\nca 3--2\nca (c=3)*2\nca c\nca a,b\nca lines,$\nca round\nca -5\nq\n',
    warriors: ['dwarf'],
    lines: `
00001   ADD.AB #     4, $    -1
5
6,3
6
00002   MOV.I  $    -2, @    -2
00003   JMP.B  $    -2, $     0
00004
00002   MOV.I  $    -2, @    -2
00003   JMP.B  $    -2, $     0
00004
1,1
0
5
6
3
0,0
23,7999
1
-1
`,
  },
  {
    title: 'goes on into the next round',
    script: 's\ns\ns\ns\ns\ns\ns\nl pc\nl pc1\nca round\nq\n',
    warriors: ['dying', 'sitter'],
    position: 4000,
    rounds: 2,
    lines: `
00000   NOP.F  $     0, $     0
04000   JMP.B  $     0, $     0
00001   NOP.F  $     0, $     0
04000   JMP.B  $     0, $     0
00002   DAT.F  #     0, $     0
03398   JMP.B  $     0, $     0
00000   NOP.F  $     0, $     0
03398   JMP.B  $     0, $     0
03398   JMP.B  $     0, $     0
00001   NOP.F  $     0, $     0
2
`,
  },
  {
    title: 'goes to a death and to the end of the round',
    script: '@go~@l .\nl .\n@go~l .\n@go~ca round\n',
    warriors: ['dying', 'sitter', 'splitter'],
    position: 4000,
    lines: `
00000   NOP.F  $     0, $     0
00002   DAT.F  #     0, $     0
03398   JMP.B  $     0, $     0
`,
  },
  {
    title: 'looks at queues',
    script: 'sk 21\npq\nl 0,$\nca $,pc\npq off\nl .\nq\n',
    warriors: ['splitter', 'sitter'],
    position: 4000,
    lines: `
00000   SPL.B  $     0, $     0
00000   SPL.B  $     0, $     0
0   ->00000   SPL.B  $     0, $     0
0   ->00000   SPL.B  $     0, $     0
1   ->00001   JMP.B  $    -1, $     0
2   ->00000   SPL.B  $     0, $     0
3   ->00001   JMP.B  $    -1, $     0
4   ->00000   SPL.B  $     0, $     0
5   ->00000   SPL.B  $     0, $     0
6   ->00001   JMP.B  $    -1, $     0
7   ->00000   SPL.B  $     0, $     0
7,0
00000   SPL.B  $     0, $     0
00000   SPL.B  $     0, $     0
`,
  },
  {
    title: 'looks at warriors',
    script: 'wq\nl 0,$\nca pc,pc1\nca pc2\nl 1\nwq off\nq\n',
    warriors: ['splitter', 'sitter'],
    position: 4000,
    lines: `
00000   SPL.B  $     0, $     0
#0 :  00000   SPL.B  $     0, $     0
#0 :  00000   SPL.B  $     0, $     0
#1 :  04000   JMP.B  $     0, $     0
0,0
1
#1 :  04000   JMP.B  $     0, $     0
04000   JMP.B  $     0, $     0
`,
  },
  {
    title: 'looks at P-space and edits it',
    script:
      'ps\nl 0,3\n@e 3~55\n@f 4,5~9\nl 0,6\nca a,b\nps 2\nl 0,3\nps off\ns\ns\ns\nps\nl 0,4\nps of\nl 2,5\nq\n',
    warriors: ['psp', 'sitter'],
    position: 4000,
    lines: `
00000   LDP.AB #     0, $     4
[   0]=7999
[   0]=7999
[   1]=0
[   2]=0
[   3]=0
[   0]=7999
[   1]=0
[   2]=0
[   3]=55
[   4]=9
[   5]=9
[   6]=0
0,0
[   0]=7999
[   0]=7999
[   1]=0
[   2]=0
[   3]=0
00003   DAT.F  #     0, $     0
04000   JMP.B  $     0, $     0
00001   STP.AB #     7, #     3
04000   JMP.B  $     0, $     0
[   0]=7999
[   0]=7999
[   1]=0
[   2]=0
[   3]=0
[   4]=0
00004   DAT.F  $     0, $    -1
00002   LDP.AB #     3, $     3
00003   DAT.F  #     0, $     0
00004   DAT.F  $     0, $    -1
00005
`,
  },
  {
    title: 'stops at breakpoints, which MOV.I copies',
    script: 't 1\n@mov on~@e 2~mov -1,5\n@go~l 0,7\n@go~l 0,7\n@mov off~u 7~@go~@go~l 0,9\nq\n',
    warriors: ['dwarf'],
    lines: `
00001   ADD.AB #     4, $    -1
00000   DAT.F  $     0, $     8
00001   ADD.AB #     4, $    -1    T
00002   MOV.I  $    -1, $     5
00003   JMP.B  $    -2, $     0
00004
00005
00006
00007   ADD.AB #     4, $    -1    T
00000   DAT.F  $     0, $    12
00001   ADD.AB #     4, $    -1    T
00002   MOV.I  $    -1, $     5
00003   JMP.B  $    -2, $     0
00004
00005
00006
00007   ADD.AB #     4, $    -1    T
00000   DAT.F  $     0, $    20
00001   ADD.AB #     4, $    -1    T
00002   MOV.I  $    -1, $     5
00003   JMP.B  $    -2, $     0
00004
00005
00006
00007   ADD.AB #     4, $    -1
00008
00009
`,
  },
  {
    title: 'searches',
    script: 'se dat*,$0\nse ,\nse jmp\nse xyz\nse *\nse 00003\nse M?V\nq\n',
    warriors: ['dwarf'],
    lines: `
00001   ADD.AB #     4, $    -1
00001   ADD.AB #     4, $    -1
00002   MOV.I  $    -2, @    -2
00003   JMP.B  $    -2, $     0
00003   JMP.B  $    -2, $     0
00004
00003   JMP.B  $    -2, $     0
00002   MOV.I  $    -2, @    -2
`,
  },
  {
    title: 'edits with labels',
    script:
      '@e 5,6~foo mov foo, 3~dat 9\nl 4,9\n@e 20~dat foo,1\nl 20\n@f 30,31~jmp foo, <foo\nl 29,32\nq\n',
    warriors: ['dwarf'],
    lines: `
00001   ADD.AB #     4, $    -1
00004
00005   MOV.I  $     0, $     3
00006   DAT.F  #     0, $     9
00007
00008
00009
00020   DAT.F  $   -15, $     1
00029
00030   JMP.B  $   -25, <   -25
00031   JMP.B  $   -26, <   -26
00032
`,
  },
  {
    title: 'fills with variables',
    script: 'ca x=3\n@e 5~dat x,y=4\nca y\n@f 6,8~dat x=x+1,0\nl 5,9\nq\n',
    warriors: ['dwarf'],
    lines: `
00001   ADD.AB #     4, $    -1
3
4
00005   DAT.F  $     3, $     4
00006   DAT.F  $     4, $     0
00007   DAT.F  $     5, $     0
00008   DAT.F  $     6, $     0
00009
`,
  },
  {
    title: 'repeats',
    script: 'ca x=0~!!~ca x=x+1~!3~ec done\nca x=0~ca x=x+1~!3~ec b~!2~ec c\nq\n',
    warriors: ['dwarf'],
    lines: `
00001   ADD.AB #     4, $    -1
0
1
2
3
done
0
1
0
1
0
1
b
b
c
`,
  },
  {
    title: 'decides',
    script:
      'if 0~ec no~ec yes\nif 1~ec yes\nif 0~!!~ec no~ec no~!3~ec after\nif 0\nec skipped\nec shown\nl 1~~~ec a~\nl 0,3~ ~l 1\n\nq\n',
    warriors: ['dwarf'],
    lines: `
00001   ADD.AB #     4, $    -1
yes
yes
after
shown
00001   ADD.AB #     4, $    -1
00001   ADD.AB #     4, $    -1
00001   ADD.AB #     4, $    -1
a
a
00000   DAT.F  $     0, $     4
00001   ADD.AB #     4, $    -1
00002   MOV.I  $    -2, @    -2
00003   JMP.B  $    -2, $     0
00000   DAT.F  $     0, $     4
00001   ADD.AB #     4, $    -1
00002   MOV.I  $    -2, @    -2
00003   JMP.B  $    -2, $     0
00001   ADD.AB #     4, $    -1
00000   DAT.F  $     0, $     4
00001   ADD.AB #     4, $    -1
00002   MOV.I  $    -2, @    -2
00003   JMP.B  $    -2, $     0
00000   DAT.F  $     0, $     4
00001   ADD.AB #     4, $    -1
00002   MOV.I  $    -2, @    -2
00003   JMP.B  $    -2, $     0
00001   ADD.AB #     4, $    -1
`,
  },
  {
    title: 'fills in a loop until a condition',
    script: '@l x=5~!!~@ed x~dat x,0~if (x=x+1)<9~!\nl 4,9\nq\n',
    warriors: ['dwarf'],
    lines: `
00001   ADD.AB #     4, $    -1
00004
00005   DAT.F  $     5, $     0
00006   DAT.F  $     6, $     0
00007   DAT.F  $     7, $     0
00008   DAT.F  $     8, $     0
00009
`,
  },
  {
    title: 'steps until a field is large',
    script: '@s~@0~if b>20~reset~!\nl 0\nl pc\nca cycle\nq\n',
    warriors: ['dwarf'],
    lines: `
00001   ADD.AB #     4, $    -1
00000   DAT.F  $     0, $    24
00002   MOV.I  $    -2, @    -2
79987
`,
  },
  {
    title: 'runs until a cycle',
    script: '!!~@s~if cycle>79000~!\nca cycle\nl pc\nq\n',
    warriors: ['dwarf', 'sitter'],
    position: 4000,
    lines: `
00001   ADD.AB #     4, $    -1
79000
00002   MOV.I  $    -2, @    -2
`,
  },
  {
    title: 'hides and recalls',
    script: '@l 5\nl .\n&l 6\nl .\nec  two  sp \nl 4\n+1\n-2,+1\n,+1\n3,\n0,1 \n ec sp\n\nq\n',
    warriors: ['dwarf'],
    lines: `
00001   ADD.AB #     4, $    -1
00005
00006
two  sp
00004
00005
00003   JMP.B  $    -2, $     0
00004
00005
00006
00006
00007
00003   JMP.B  $    -2, $     0
00004
00005
00006
00007
00000   DAT.F  $     0, $     4
00001   ADD.AB #     4, $    -1
sp
00000   DAT.F  $     0, $     4
00001   ADD.AB #     4, $    -1
`,
  },
  {
    title: 'takes marks from the source',
    script: 'l 0,5\ns\nl 0,6\n@go~l .\nq\n',
    warriors: ['traced'],
    lines: `
00000   MOV.I  $     1, $     2    T
00000   MOV.I  $     1, $     2    T
00001   DAT.F  #     0, $     1    T
00002   DAT.F  #     0, $     2
00003   MOV.I  $    -1, $     1    T
00004   DAT.F  #     0, $     5
00005   JMP.B  $    -5, $     0
00001   DAT.F  #     0, $     1    T
00000   MOV.I  $     1, $     2    T
00001   DAT.F  #     0, $     1    T
00002   DAT.F  #     0, $     1    T
00003   MOV.I  $    -1, $     1    T
00004   DAT.F  #     0, $     5
00005   JMP.B  $    -5, $     0
00006
00001   DAT.F  #     0, $     1    T
`,
  },
];

test.each(TRANSCRIPTS)('$title', ({ script, warriors, position, rounds = 1, lines }) => {
  const { text } = typeSession(script, {
    sources: warriors.map((name) => WARRIORS[name]),
    rounds,
    settings: { maxCycles: 80_000 },
    ...(position === undefined ? {} : { position }),
  });
  const shown = text.split('\n').map((line) => line.trimEnd());
  const isOurs = (line: string) => line === '' || /^(Warrior |Round |The input)/.test(line);
  expect(shown.filter((line) => !isOurs(line))).toEqual(lines.trim().split('\n'));
});
