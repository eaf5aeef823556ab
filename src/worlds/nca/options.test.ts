import { expect, test } from 'vitest';
import { UserError } from '../../core/index.ts';
import { type NcaOptions, ncaLayout, resolveNcaOptions } from './options.ts';

test('the defaults give the sizes of the paper', () => {
  expect(ncaLayout(resolveNcaOptions())).toEqual({
    cells: 144,
    patches: 36,
    frameLength: 38,
    frames: 27,
    startToken: 10_000,
    endToken: 10_001,
    vocabSize: 10_002,
  });
});

test('other sizes follow from colors, grid and patch', () => {
  const options = resolveNcaOptions({ colors: 4, grid: 9, patch: 3, sequenceLength: 34 });
  expect(ncaLayout(options)).toMatchObject({ patches: 9, frameLength: 11, frames: 4 });
  expect(ncaLayout(options).vocabSize).toBe(4 ** 9 + 2);
});

const wrong: [string, Record<string, unknown>, RegExp, RegExp][] = [
  ['a grid that patches do not tile', { grid: 13 }, /grid 13 .* patch 2/, /grid 14/],
  ['one color', { colors: 1 }, /colors is 1/, /from 2 to 256/],
  ['a fraction', { burnIn: 1.5 }, /burnIn is 1.5/, /integer/],
  ['NaN', { temperature: Number.NaN }, /temperature/, /number/],
  ['a negative temperature', { temperature: -1 }, /temperature is -1/, /from 0/],
  ['too many token ids', { colors: 256, patch: 4 }, /256\^16/, /fewer colors/],
  ['a sequence of one frame', { sequenceLength: 38 }, /sequenceLength 38/, /38 tokens/],
  ['a misspelled name', { temprature: 1 }, /no option "temprature"/, /temperature/],
  ['an unknown padding', { channelPadding: 'zero' }, /channelPadding/, /wrap/],
  ['an empty pool', { rules: 0 }, /rules is 0/, /fresh/],
  ['a band upside down', { band: { kind: 'absolute', low: 0.5, high: 0.2 } }, /0.5 .* 0.2/, /low/],
  ['percentile 101', { band: { kind: 'percentile', low: 50, high: 101 } }, /band.high/, /100/],
  ['an unknown band', { band: { kind: 'top' } }, /band is {"kind":"top"}/, /percentile/],
  [
    'more noise than there is',
    { grid: 1024, sequenceLength: 3e5, burnIn: 4096 },
    /draws of noise/,
    /smaller grid/,
  ],
  ['an unknown filter', { filter: 'rules' }, /filter is "rules"/, /'sequence' or 'rule'/],
  ['no band', { band: null }, /band is null/, /none/],
];

test.each(wrong)('%s is refused with what to do', (_, given, message, hint) => {
  let error: unknown;
  try {
    resolveNcaOptions(given as Partial<NcaOptions>);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(message);
  expect((error as UserError).hint).toMatch(hint);
});
