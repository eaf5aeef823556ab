import { expect, test } from 'vitest';
import { createTextCursor } from './text-cursor.ts';

function warriorsOf(text: string, count: number): string[] {
  const cursor = createTextCursor(text);
  return Array.from({ length: count }, () => cursor.nextWarrior());
}

test('warriors part at ;redcode lines; END parts nothing', () => {
  const one = ';redcode-94\n;name One\nMOV 0, 1\nEND\n';
  const two = ';name Two\nMOV 0, 2\nEND\n';
  expect(warriorsOf(`${one};redcode\n${two}`, 3)).toEqual([one, two, '']);
  expect(warriorsOf(`${one}  ;ReDcOdE-94x\n${two};redcode\nNOP`, 3)).toEqual([one, two, 'NOP']);
  // A space before the word makes it a comment like any other.
  expect(warriorsOf('; redcode\nNOP\n; redcode\n', 2)).toEqual(['; redcode\nNOP\n; redcode\n', '']);
});

test('what stands before the first ;redcode belongs to the first warrior', () => {
  expect(warriorsOf('From: me\n;redcode\nNOP\n;redcode\nDAT 0\n', 2)).toEqual([
    'From: me\n;redcode\nNOP\n',
    'DAT 0\n',
  ]);
  expect(warriorsOf('NOP', 2)).toEqual(['NOP', '']);
});

test('words come first, then warriors, then the rest', () => {
  const cursor = createTextCursor(
    ';what\n-b "W / S"\t2- $\n;redcode\nNOP\n;redcode\nDAT\n;redcode\nquit\n',
  );
  const words: (string | null)[] = [];
  do words.push(cursor.nextWord());
  while (words.at(-1) !== '$');
  expect(words).toEqual(['-b', 'W / S', '2-', '$']);
  expect([cursor.nextWarrior(), cursor.nextWarrior()]).toEqual(['\n;redcode\nNOP\n', 'DAT\n']);
  expect([cursor.rest(), cursor.rest()]).toEqual(['quit\n', '']);
  expect(createTextCursor(' ;nothing').nextWord()).toBeNull();
  // The bytes of `voilà.red`: the last of its à is a blank in Latin-1.
  const name = Buffer.from('voilà.red').toString('latin1');
  expect(createTextCursor(`\v${name}\f`).nextWord()).toBe(name);
  expect(createTextCursor('"never closed').nextWord()).toBe('never closed');
});
