import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { parseInteger, parseNumber, parsePort, parsePositiveInteger } from './common-options.ts';

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

test('parsePositiveInteger takes whole numbers, 1 or more', () => {
  expect(['1', '12'].map(parsePositiveInteger)).toEqual([1, 12]);
  for (const bad of ['0', '-1', '', '0.5']) {
    expect(() => parsePositiveInteger(bad), bad).toThrow(InvalidArgumentError);
  }
});

test('parsePort takes what a socket takes', () => {
  expect(['0', '8000', '65535'].map(parsePort)).toEqual([0, 8000, 65535]);
  for (const bad of ['65536', '-1', '', '80.5']) {
    expect(() => parsePort(bad), bad).toThrow(InvalidArgumentError);
  }
});
