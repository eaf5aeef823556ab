import { expect, test } from 'vitest';
import { checkPmarsCommand } from './check-pmars-command.ts';
import { parsePmarsArguments } from './parse-pmars-arguments.ts';

function problemsOf(line: string): string[] {
  const parsed = parsePmarsArguments(line.split(' '), {
    readFile: () => null,
    readStandardInput: () => {
      throw new Error('standard input is not read here');
    },
  });
  if (parsed.kind !== 'command') throw new Error(JSON.stringify(parsed));
  return checkPmarsCommand(parsed.command);
}

test('command lines that pMARS takes', () => {
  for (const line of [
    'a',
    'a b',
    '-l 200 a b',
    '-s 200 a b',
    '-d 60 -l 60 a',
    '-F 100 a b',
    '-S 8000 a',
    '-P a b',
    '-P -F 100 a b',
    '-R 8000 -W 1 a',
    '-= x=W-S+1 a',
    '-f a b c',
    '-F seed a b',
    // A position is cut to 32 bits.
    '-F 4294967396 a b',
  ]) {
    expect(problemsOf(line), line).toEqual([]);
  }
});

test.each([
  ['-b', 'no warriors were named'],
  ['-f -F 500 a b', '-f and -F exclude each other'],
  ['-d 50 a', 'the distance (-d 50) is smaller than the length (-l 100)'],
  ['-s 199 a b', 'a core of 199 cells (-s) is too small for 2 warriors, 100 apart'],
  ['-F 99 a b', 'the position of warrior 2 (-F) is smaller than the distance (-d 100)'],
  ['-F 4294967296 a b', 'the position of warrior 2 (-F) is smaller than the distance (-d 100)'],
  ['-= W/0 a', 'a division by zero'],
  ['-= 6/(S-2) a b', 'a division by zero'],
  ['-S 8001 a', 'P-space (-S 8001) is larger than the core (-s 8000)'],
  ['-P a', '-P needs two warriors'],
  ['-R 7 a', 'the limit of -R, 7, does not divide the core (-s 8000)'],
  ['-W 16000 a', 'the limit of -W, 16000, does not divide the core (-s 8000)'],
  ['--pmars 0.9.2 -F seed a b', '-F needs a whole number, not "seed"'],
])('%s: %s', (line, problem) => {
  const problems = problemsOf(line);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});

test('all that is wrong is said', () => {
  expect(problemsOf('-d 3 -S 9000 -P a')).toHaveLength(3);
});
