import { expect, test } from 'vitest';
import { DWARF, IMP, SITTER } from '../../test/support/warriors.ts';
import { formatKothResults, formatResults } from './format-battle.ts';
import { parseScoreFormula, scoreBattle } from './scoring.ts';

test('one warrior has no line of results, but one for KotH', () => {
  const table = { warriors: [SITTER], outcomes: [[0, 2]], scores: [0] };
  expect(formatResults(table)).toBe('Sitter by us scores 0\n');
  expect(formatKothResults(table)).toBe('0 2 0\n');
});

test('a warrior that plays alone has every round, lost ones too, as in pMARS', () => {
  const outcomes = [[2, 1]];
  const scores = scoreBattle(outcomes, parseScoreFormula('5'));
  expect(scores).toEqual([15]);
  expect(formatKothResults({ warriors: [SITTER], outcomes, scores })).toBe('15 3 0\n');
});

test('sorting keeps equals in order, and leaves KotH lines alone', () => {
  const outcomes = [
    [2, 1, 0, 0],
    [1, 2, 0, 0],
    [2, 1, 0, 0],
  ];
  const table = { warriors: [IMP, DWARF, SITTER], outcomes, scores: [8, 16, 8] };
  expect(formatResults(table, { sorted: true })).toBe(
    'Dwarf by us scores 16\n  Results: 2 0 0 1\nImp by us scores 8\n  Results: 1 0 0 2\n' +
      'Sitter by us scores 8\n  Results: 1 0 0 2\n',
  );
  expect(formatKothResults(table)).toBe('8 1 0 0 2\n16 2 0 0 1\n8 1 0 0 2\n');
});
