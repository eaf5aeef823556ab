// Gradients of whole models in float64 against finite differences.

import { describeGradients } from '../support/model-gradients.ts';
import { openOnnx } from '../support/open-onnx.ts';

describeGradients(() => openOnnx({ threads: 2, chunks: { attentionRows: 4, lossRows: 4 } }));
