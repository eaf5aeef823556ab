// Training on the engine against a Llama, its gradients and AdamW written in plain float64 loops. More of it on XLA, which takes
// seconds to compile a step, is in test/full/xla-steps.test.ts: the other models, and float32.

import { afterAll, beforeAll, describe } from 'vitest';
import type { Device } from '../../src/tensor/index.ts';
import {
  describePrecision,
  describeReference,
  describeSteps,
  TRAINED_MODELS,
} from '../support/engine-training.ts';
import { openOnnx } from '../support/open-onnx.ts';
import { hasXla, openXla } from '../support/open-xla.ts';

let device: Device;
const deviceOf = () => device;

describeReference();

describe.each([
  // Chunks that do not divide the rows, neither 7 and 21 of them nor 64 and 256.
  [
    'small chunks',
    { attentionRows: 3, lossRows: 8 },
    () => describeSteps(deviceOf, TRAINED_MODELS),
  ],
  ['larger chunks', { attentionRows: 24, lossRows: 100 }, () => describePrecision(deviceOf)],
] as const)('on onnxruntime, in %s', (_, chunks, describeTests) => {
  beforeAll(() => {
    device = openOnnx({ threads: 2, chunks });
  });
  afterAll(() => device.close());
  describeTests();
});

describe.skipIf(!hasXla)('on XLA', () => {
  beforeAll(() => {
    device = openXla();
  });
  afterAll(() => device.close());
  describeSteps(deviceOf, ['tied, two heads of keys'], { single: false });
});
