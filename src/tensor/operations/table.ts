// The table of operations. A new operation is a file and a line here; backends have partial tables of lowerings by these names.

import { scanOperation } from '../loop/emit-loop.ts';
import { absOperation } from './abs.ts';
import { addOperation } from './add.ts';
import { argmaxOperation } from './argmax.ts';
import { attentionOperation } from './attention.ts';
import { attentionGradientOperation } from './attention-gradient.ts';
import { castOperation } from './cast.ts';
import { concatOperation } from './concat.ts';
import { cosOperation } from './cos.ts';
import { cumulativeSumOperation } from './cumulative-sum.ts';
import { divOperation } from './div.ts';
import { equalOperation } from './equal.ts';
import { expOperation } from './exp.ts';
import { expandOperation } from './expand.ts';
import { gatherRowsOperation } from './gather-rows.ts';
import { greaterOperation } from './greater.ts';
import { greaterEqualOperation } from './greater-equal.ts';
import { identityOperation } from './identity.ts';
import { layerNormOperation } from './layer-norm.ts';
import { lessOperation } from './less.ts';
import { lessEqualOperation } from './less-equal.ts';
import { linearCrossEntropyOperation } from './linear-cross-entropy.ts';
import { linearCrossEntropyGradientOperation } from './linear-cross-entropy-gradient.ts';
import { logOperation } from './log.ts';
import { logicalAndOperation } from './logical-and.ts';
import { logicalNotOperation } from './logical-not.ts';
import { logicalOrOperation } from './logical-or.ts';
import { matmulOperation } from './matmul.ts';
import { maxOperation } from './max.ts';
import { maximumOperation } from './maximum.ts';
import { minOperation } from './min.ts';
import { minimumOperation } from './minimum.ts';
import { mulOperation } from './mul.ts';
import { negOperation } from './neg.ts';
import { padOperation } from './pad.ts';
import { powOperation } from './pow.ts';
import { randomUniformOperation } from './random-uniform.ts';
import { reciprocalOperation } from './reciprocal.ts';
import { reluOperation } from './relu.ts';
import { reshapeOperation } from './reshape.ts';
import { rmsNormOperation } from './rms-norm.ts';
import { rmsNormGradientOperation } from './rms-norm-gradient.ts';
import { ropeOperation } from './rope.ts';
import { scatterAddAlongLastAxisOperation } from './scatter-add-along-last-axis.ts';
import { scatterAddRowsOperation } from './scatter-add-rows.ts';
import { sigmoidOperation } from './sigmoid.ts';
import { signOperation } from './sign.ts';
import { siluOperation } from './silu.ts';
import { sinOperation } from './sin.ts';
import { sliceOperation } from './slice.ts';
import { softmaxOperation } from './softmax.ts';
import { sqrtOperation } from './sqrt.ts';
import { stopGradientOperation } from './stop-gradient.ts';
import { subOperation } from './sub.ts';
import { sumOperation } from './sum.ts';
import { swigluOperation } from './swiglu.ts';
import { swigluGradientOperation } from './swiglu-gradient.ts';
import { takeAlongLastAxisOperation } from './take-along-last-axis.ts';
import { tanhOperation } from './tanh.ts';
import { transposeOperation } from './transpose.ts';
import { whereOperation } from './where.ts';

/** Every operation by its name. */
export const OPERATIONS = {
  abs: absOperation,
  add: addOperation,
  argmax: argmaxOperation,
  attentionGradient: attentionGradientOperation,
  attention: attentionOperation,
  cast: castOperation,
  concat: concatOperation,
  cos: cosOperation,
  cumulativeSum: cumulativeSumOperation,
  div: divOperation,
  equal: equalOperation,
  exp: expOperation,
  expand: expandOperation,
  gatherRows: gatherRowsOperation,
  greaterEqual: greaterEqualOperation,
  greater: greaterOperation,
  identity: identityOperation,
  lessEqual: lessEqualOperation,
  layerNorm: layerNormOperation,
  less: lessOperation,
  linearCrossEntropyGradient: linearCrossEntropyGradientOperation,
  linearCrossEntropy: linearCrossEntropyOperation,
  log: logOperation,
  logicalAnd: logicalAndOperation,
  logicalNot: logicalNotOperation,
  logicalOr: logicalOrOperation,
  matmul: matmulOperation,
  max: maxOperation,
  maximum: maximumOperation,
  min: minOperation,
  minimum: minimumOperation,
  mul: mulOperation,
  neg: negOperation,
  pad: padOperation,
  pow: powOperation,
  randomUniform: randomUniformOperation,
  reciprocal: reciprocalOperation,
  relu: reluOperation,
  reshape: reshapeOperation,
  rmsNorm: rmsNormOperation,
  rmsNormGradient: rmsNormGradientOperation,
  rope: ropeOperation,
  scan: scanOperation,
  scatterAddAlongLastAxis: scatterAddAlongLastAxisOperation,
  scatterAddRows: scatterAddRowsOperation,
  sigmoid: sigmoidOperation,
  sign: signOperation,
  silu: siluOperation,
  sin: sinOperation,
  slice: sliceOperation,
  softmax: softmaxOperation,
  sqrt: sqrtOperation,
  stopGradient: stopGradientOperation,
  sub: subOperation,
  sum: sumOperation,
  swigluGradient: swigluGradientOperation,
  swiglu: swigluOperation,
  takeAlongLastAxis: takeAlongLastAxisOperation,
  tanh: tanhOperation,
  transpose: transposeOperation,
  where: whereOperation,
} as const;

export type OperationName = keyof typeof OPERATIONS;
