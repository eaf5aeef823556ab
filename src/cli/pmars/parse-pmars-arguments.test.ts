import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ParsedArguments, parsePmarsArguments } from './parse-pmars-arguments.ts';
import { createTextCursor } from './text-cursor.ts';

/** `pmars LINE`, words apart by blanks; what is in quotes is one word. */
function parse(line: string, files: Record<string, string> = {}, input = ''): ParsedArguments {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2]!);
  const cursor = createTextCursor(input);
  return parsePmarsArguments(words, {
    readFile: (name) => files[name] ?? null,
    readStandardInput: () => cursor,
  });
}

function flagsOf(line: string, files: Record<string, string> = {}, input = ''): string {
  const parsed = parse(line, files, input);
  if (parsed.kind !== 'command') throw new Error(JSON.stringify(parsed));
  const { files: warriors, switches, numbers, texts } = parsed.command;
  const values = [...numbers, ...texts].map(([letter, value]) => `${letter}=${value}`);
  return [...[...switches].sort(), ...values.sort(), ...warriors].join(' ');
}

function problemsOf(line: string, files: Record<string, string> = {}): string[] {
  const parsed = parse(line, files);
  if (parsed.kind !== 'error') throw new Error(`read: ${JSON.stringify(parsed)}`);
  return parsed.problems;
}

test('switches stand in clusters, before and after warriors; one flag with a value ends a cluster', () => {
  expect(flagsOf('-b a.red -ko b.red -8P')).toBe('8 P b k o a.red b.red');
  expect(flagsOf('-bkr 100 a -F 4000 b')).toBe('b k F=4000 r=100 a b');
  expect(flagsOf('-r 5 -r 007 a')).toBe('r=7 a');
  expect(flagsOf("-= '(W+1)/S' a")).toBe('==(W+1)/S a');
  expect(flagsOf('a -R 400 -W 40 -A -Q 1000 -v 103 -S 9')).toBe('A Q=1000 R=400 S=9 W=40 v=103 a');
});

test('a switch that is given twice is off again', () => {
  expect(flagsOf('-bb a')).toBe('a');
  expect(flagsOf('-b -kb -b a')).toBe('b k a');
});

test('a dash is a warrior of standard input, a number before it says how many', () => {
  expect(flagsOf('- a 3-')).toBe('- a - - -');
  expect(flagsOf('36-').split(' ')).toHaveLength(36);
  expect(problemsOf('37-')).toEqual(['more than 36 warriors']);
  expect(problemsOf('9999999999-')).toEqual(['more than 36 warriors']);
  expect(problemsOf('a-')).toEqual(['unknown option "a-"']);
  expect(problemsOf('0-')).toEqual(['unknown option "0-"']);
});

test('$ and an empty word end the arguments', () => {
  expect(flagsOf('-b a $ -z')).toBe('b a');
  expect(flagsOf("-b a '' -z")).toBe('b a');
  expect(problemsOf('a -r $')).toEqual(['-r needs a value']);
});

test('options come from files, which name others and have comments and quotes', () => {
  const files = {
    'hill.opt': ';the hill\n-s 8000 ;cells\n -c 80000\n-@ more.opt -b',
    'more.opt': '-= "(S == 1) * W" a.red $ and nothing of this',
  };
  expect(flagsOf('-@ hill.opt b.red', files)).toBe('b ==(S == 1) * W c=80000 s=8000 a.red b.red');
  expect(flagsOf('-kr 3 -b@ hill.opt', files)).toContain('k ==(S == 1) * W c=80000 r=3');
  expect(flagsOf('-@ crlf', { crlf: '-s 800\r\n-b\r\n;end' })).toBe('b s=800');
  expect(flagsOf('-@ - x', {}, '-r 4 2- $\n;redcode\nmov 0, 1')).toBe('r=4 - - x');
});

test('what cannot be read is named, with its file', () => {
  expect(problemsOf('-z a')).toEqual(['unknown option "-z"']);
  expect(problemsOf('--brief a')).toEqual(['unknown option "--brief"']);
  expect(problemsOf('-r100 a')[0]).toContain('the value of -r is a word of its own');
  expect(problemsOf('a -r')).toEqual(['-r needs a value']);
  expect(problemsOf('-r x a')).toEqual(['-r needs a whole number, not "x"']);
  expect(problemsOf('-r -1 a')).toEqual(['-r needs a whole number, not "-1"']);
  expect(problemsOf('-l 1001 a')).toEqual(['-l takes numbers from 1 to 1000']);
  expect(problemsOf('-s 99999999999999999999 a')).toEqual([
    '-s takes numbers from 1 to 1073741824',
  ]);
  expect(problemsOf('-@ none a')).toEqual(['cannot open the parameter file "none"']);
  expect(problemsOf('-@none a')[0]).toContain('is a word of its own');
  expect(problemsOf('a -@')).toEqual(['-@ needs the name of a parameter file']);
  expect(problemsOf('-@ outer', { outer: '-b -@ inner', inner: '-z' })).toEqual([
    'unknown option "-z"',
    'in "inner"',
    'in "outer"',
  ]);
  expect(problemsOf('-@ self', { self: '-@ self' })[0]).toBe(
    'more than 100 parameter files, at "self"',
  );
});

test('flags of other builds are refused with a reason', () => {
  expect(problemsOf('-g a')[0]).toContain('-v shows the core in a terminal');
  expect(problemsOf('-bE a')[0]).toMatch(/^unknown option "-bE": the energy/);
  expect(problemsOf('-geometry 80x25 a')[0]).toContain('there is no X window');
  expect(problemsOf('-T file a')[0]).toContain('not recorded');
  expect(problemsOf('--pmars 0.9.2 -A a')[0]).toContain('this version of pMARS has no -A');
});

test('--pmars chooses the version, whose flags alone are known; --help asks for the usage', () => {
  expect(parse('a')).toMatchObject({ command: { version: '0.9.5' } });
  expect(parse('-b --pmars 0.9.2 a')).toMatchObject({ command: { version: '0.9.2' } });
  for (const flag of ['-A', '-R 8000', '-W 8000']) {
    expect(problemsOf(`--pmars 0.9.2 ${flag} a`)[0]).toContain('unknown option');
  }
  expect(problemsOf('--pmars 0.8 a')).toEqual(['--pmars takes one of 0.9.2, 0.9.5']);
  expect(parse('-b --help')).toEqual({ kind: 'help', version: '0.9.5' });
});

test('any words are read, or refused in sentences', () => {
  const piece = fc.constantFrom(
    ...[
      '-',
      '--',
      '-b',
      '-@',
      '-r',
      '-F',
      '-=',
      '-Q',
      '-v',
      '-bk@',
      '$',
      '"',
      ';',
      '3-',
      '99-',
      '-8V',
      '\n',
    ],
    ...[
      'loop',
      'hill',
      '100',
      '-1',
      'a.red',
      '-T',
      '-geometry',
      '--pmars',
      '0.9.2',
      '--help',
      '',
      '\u0000é',
    ],
  );
  const word = fc.oneof(
    piece,
    fc.string(),
    fc.tuple(piece, piece).map(([a, b]) => a + b),
  );
  const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), text, text, (argv, hill, input) => {
      const cursor = createTextCursor(input);
      const parsed = parsePmarsArguments(argv, {
        readFile: (name) => (name === 'hill' ? hill : name === 'loop' ? '-@ loop' : null),
        readStandardInput: () => cursor,
      });
      if (parsed.kind !== 'error') return;
      expect(parsed.problems.length).toBeGreaterThan(0);
      for (const problem of parsed.problems) {
        expect(problem.replace(/".*"/s, '')).not.toMatch(/undefined|null|NaN/);
      }
    }),
    { numRuns: 2000 },
  );
});
