import { describe, expect, test } from 'vitest';
import { UserError } from '../core/index.ts';
import { DEFAULT_FORMULA, parseScoreFormula, scoreBattle } from './scoring.ts';

const value = (text: string, w = 2, s = 1) => parseScoreFormula(text)(w, s);

describe('score formulas', () => {
  test.each([
    [DEFAULT_FORMULA, 2, 1, 3],
    [DEFAULT_FORMULA, 2, 2, 1],
    [DEFAULT_FORMULA, 3, 2, 4],
    ['(W+1)/S', 10, 3, 3],
    ['(x=W-S+1)*(x+1)/2', 4, 2, 6],
    ['(S==3)*5 + (S==2)*3 + (S==1)', 3, 2, 3],
    ['(S == 1)*W + (S != 1)', 5, 1, 5],
    ['2+3*4-10/3%2', 2, 1, 13],
    ['-7/2', 2, 1, -3],
    ['1<2 && 2<=2 || 0', 2, 1, 1],
    ['!S+!0', 2, 1, 1],
    ['w*s', 7, 3, 21],
    ['10', 2, 1, 10],
  ])('%s with W %i and S %i is %i', (text, w, s, points) => {
    expect(value(text, w, s)).toBe(points);
  });

  test.each([
    ['', 'column 1'],
    ['W+', 'column 3'],
    ['(W', 'column 3'],
    ['W)', 'column 2'],
    ['W W', 'column 3'],
    ['process.exit(1)', '"." is not known'],
    ['W;S', '";" is not known'],
    ['W=3', 'cannot be given a value'],
    ['99999999999', 'larger than'],
    [`${'('.repeat(200)}1${')'.repeat(200)}`, 'nested'],
    [`${'-'.repeat(500)}1`, 'nested'],
    ['1+'.repeat(1000), 'characters'],
  ])('formula %# is refused: %s', (text, problem) => {
    expect(() => parseScoreFormula(text)).toThrow(UserError);
    expect(() => parseScoreFormula(text)).toThrow(problem);
  });

  test('dividing by zero and numbers without end are errors', () => {
    expect(() => value('1/(W-2)')).toThrow('division by zero');
    expect(() => value('1%(W-2)')).toThrow('division by zero');
    expect(() => value('(x=2147483647)*x*x*x')).toThrow('too large');
  });

  test('points are summed over survivors', () => {
    // Three warriors, five rounds; index is the number of survivors.
    const outcomes = [
      [1, 2, 0, 2],
      [2, 1, 0, 2],
      [3, 0, 0, 2],
    ];
    expect(scoreBattle(outcomes, parseScoreFormula(DEFAULT_FORMULA))).toEqual([20, 12, 4]);
  });
});
