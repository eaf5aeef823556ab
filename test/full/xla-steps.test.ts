// Training on XLA against plain float64 loops: the models that test/conformance/engine-training.test.ts leaves out.

import { afterAll, beforeAll, describe } from 'vitest';
import type { Device } from '../../src/tensor/index.ts';
import { describePrecision, describeSteps, TRAINED_MODELS } from '../support/engine-training.ts';
import { hasXla, openXla } from '../support/open-xla.ts';

describe.skipIf(!hasXla)('on XLA', () => {
  let device: Device;
  beforeAll(() => {
    device = openXla();
  });
  afterAll(() => device.close());
  describeSteps(() => device, TRAINED_MODELS);
  describePrecision(() => device);
});
