// Every model of the registry on XLA, and the gradients of whole models.

import { describe } from 'vitest';
import { describeModels } from '../support/model-conformance.ts';
import { describeGradients } from '../support/model-gradients.ts';
import { hasXla, openXla } from '../support/open-xla.ts';

describe.skipIf(!hasXla)('on XLA', () => {
  describeModels(openXla);
  describeGradients(openXla);
});
