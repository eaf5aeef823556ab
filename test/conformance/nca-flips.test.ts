// How often sampling departs from the largest logit, by temperature, against measured figures.

import { expect, test } from 'vitest';
import { countNcaParameters, resolveNcaOptions } from '../../src/worlds/nca/index.ts';
import { FEW_TEMPERATURES, testHostFlips } from '../support/nca-flips.ts';

// The others: test/full/nca-device.test.ts.
testHostFlips(FEW_TEMPERATURES);

test('parameters of the network, as the official one and without channel wrap', () => {
  expect(countNcaParameters(resolveNcaOptions())).toBe(686);
  expect(countNcaParameters(resolveNcaOptions({ channelPadding: 'spatial' }))).toBe(614);
});
