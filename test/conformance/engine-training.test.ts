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

describe('on onnxruntime', () => {
  beforeAll(() => {
    // Chunks that do not divide the rows.
    device = openOnnx({ threads: 2, chunks: { attentionRows: 3, lossRows: 8 } });
  });
  afterAll(() => device.close());
  describeSteps(deviceOf, TRAINED_MODELS);
  describePrecision(deviceOf);
});

describe.skipIf(!hasXla)('on XLA', () => {
  beforeAll(() => {
    device = openXla();
  });
  afterAll(() => device.close());
  describeSteps(deviceOf, ['tied, two heads of keys'], { single: false });
});
