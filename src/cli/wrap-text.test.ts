import { expect, test } from 'vitest';
import { createOutput } from './output.ts';
import { wrapText } from './wrap-text.ts';

const terminal = (columns: number) => ({ isTTY: true, columns });

test('lines break at words, and no line is wider than the terminal', () => {
  const text =
    'error: the band is empty: of 512 random rules none has a gzip ratio within 0.5 to 1';
  const wrapped = wrapText(`${text}\nshort\n`, terminal(40));
  expect(wrapped.split('\n').every((line) => line.length <= 40)).toBe(true);
  expect(wrapped.replace(/\n(?!short|$)/g, ' ')).toBe(`${text}\nshort\n`);
  expect(wrapped.startsWith('error: the band is empty: of 512 random\nrules none')).toBe(true);
});

test('what follows stands under the beginning of the text', () => {
  expect(wrapText('time     one two three four five six seven eight', terminal(40))).toBe(
    'time     one two three four five six\n         seven eight',
  );
  expect(wrapText('  one two three four five six seven eight nine', terminal(40))).toBe(
    '  one two three four five six seven\n  eight nine',
  );
});

test.each([
  ['a command', '  primordia nca generate --tokens 164M --out data/nca --format parquet'],
  ['a row of a table', 'nca      0     2.4932      3.597     -0.0273 and so on and so on'],
  ['one long word', `runs/${'a'.repeat(60)}`],
])('%s stays whole', (_, line) => {
  expect(wrapText(line, terminal(40))).toBe(line);
});

test.each([
  [
    'saved. Resume it: primordia resume runs/nca-tiny-001 --workers 2',
    ['saved. Resume it:', 'primordia resume runs/nca-tiny-001 --workers 2'],
  ],
  [
    'error: run is not empty (resume it: npx primordia drq resume run; or choose another folder)',
    [
      'error: run is not empty (resume it:',
      'npx primordia drq resume run; or choose',
      'another folder)',
    ],
  ],
])('a command within a line is not broken: %s', (line, lines) => {
  expect(wrapText(line, terminal(40)).split('\n')).toEqual(lines);
});

test('elsewhere than on a terminal lines stay whole', () => {
  const text = 'word '.repeat(40);
  expect(wrapText(text, {})).toBe(text);
  expect(wrapText(text, { isTTY: false, columns: 40 })).toBe(text);
  expect(wrapText(text, terminal(20))).toBe(text);
});

test('what commands say wraps, machine-readable lines and exact text do not', () => {
  const long = 'a sentence that is longer than the terminal is wide, by far';
  const run = (json: boolean, use: (output: ReturnType<typeof createOutput>) => void) => {
    let written = '';
    const stream = {
      ...terminal(40),
      write: (text: string) => {
        written += text;
        return true;
      },
    };
    use(createOutput({ json }, stream));
    return written;
  };
  const broken = 'a sentence that is longer than the\nterminal is wide, by far\n';
  expect(run(false, (output) => output.say(long))).toBe(broken);
  expect(run(false, (output) => output.result({}, long))).toBe(broken);
  expect(run(false, (output) => output.result({}, long, { exact: true }))).toBe(`${long}\n`);
  expect(run(true, (output) => output.result({ long }, ''))).toBe(`${JSON.stringify({ long })}\n`);
});
