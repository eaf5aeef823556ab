import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { parseCount, parseInteger, parseNumber } from './common-options.ts';

test('parseInteger takes whole numbers, 0 or more', () => {
  expect(['0', '7', '1e3'].map(parseInteger)).toEqual([0, 7, 1000]);
  for (const bad of ['', '-1', '1.5', 'x', '1e99', 'NaN']) {
    expect(() => parseInteger(bad), bad).toThrow(InvalidArgumentError);
  }
});

test('parseNumber takes any finite number', () => {
  expect(['0.8', '-1', '1e-3'].map(parseNumber)).toEqual([0.8, -1, 0.001]);
  for (const bad of ['', ' ', 'x', 'Infinity', 'NaN', '1,5']) {
    expect(() => parseNumber(bad), bad).toThrow(InvalidArgumentError);
  }
});

test('parseCount takes whole numbers, 1 or more', () => {
  expect(['1', '12'].map(parseCount)).toEqual([1, 12]);
  for (const bad of ['0', '-1', '', '0.5']) {
    expect(() => parseCount(bad), bad).toThrow(InvalidArgumentError);
  }
});
