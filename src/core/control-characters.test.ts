import { describe, expect, test } from 'vitest';
import { escapeControlCharacters, stripControlCharacters } from './control-characters.ts';

describe('escapeControlCharacters', () => {
  test('shows what a terminal would obey, and leaves layout and letters', () => {
    expect(escapeControlCharacters('\u001b[31mred\u001b[0m\u0007')).toBe(
      '\\x1b[31mred\\x1b[0m\\x07',
    );
    expect(escapeControlCharacters('a\tb\r\nc\n')).toBe('a\tb\r\nc\n');
    // A carriage return of its own lets the rest of the line cover what stood before.
    expect(escapeControlCharacters('safe\revil')).toBe('safe\\x0devil');
    expect(escapeControlCharacters('\u009b2J \u007f \u202egpj \u2066')).toBe(
      '\\x9b2J \\x7f \\u202egpj \\u2066',
    );
    expect(escapeControlCharacters('é 世界 🙂 \u200f')).toBe('é 世界 🙂 \u200f');
  });

  test('leaves no control character of the first 65,536 code units', () => {
    const all = String.fromCharCode(...Array.from({ length: 65_536 }, (_, i) => i));
    const left = [...escapeControlCharacters(all)].filter((c) => /\p{Cc}/u.test(c));
    expect(left).toEqual(['\t', '\n']);
  });
});

test('stripControlCharacters puts a space in place of each, and line feeds at line ends', () => {
  expect(stripControlCharacters('mov\u000b0,\u001b 1\r\njmp\r-1\t;\u009b')).toBe(
    'mov 0,  1\njmp\n-1\t; ',
  );
});
