// Tracing with operations, differentiating, and devices on any backend: what runs in a browser too.

export type { Backend, ProgramFacts, RuntimeInfo } from './backend.ts';
export { Device, type DeviceState, type Program, type Run } from './device.ts';
export { DeviceError } from './device-error.ts';
export { after } from './functions/after.ts';
export { type AssociativeScanOptions, associativeScan } from './functions/associative-scan.ts';
export { full, oneHot, range } from './functions/constants.ts';
export { meanSquaredError, pairwiseSquaredDistances } from './functions/distances.ts';
export { dropoutMask } from './functions/dropout-mask.ts';
export { gelu } from './functions/gelu.ts';
export { logSoftmax } from './functions/log-softmax.ts';
export { logSumExp } from './functions/log-sum-exp.ts';
export { mean } from './functions/mean.ts';
export { probeGradient } from './functions/probe-gradient.ts';
export { type ScanBody, type ScanOptions, scan } from './functions/scan.ts';
export { square } from './functions/square.ts';
export { split, stack } from './functions/stack.ts';
export { gradients } from './gradients.ts';
export {
  constant,
  customGradient,
  type Graph,
  isTensor,
  type Operand,
  PRECISIONS,
  type Precision,
  scalar,
  type Tensor,
} from './graph.ts';
export { graphDepth } from './graph-depth.ts';
export { countDevices, type Mesh } from './mesh.ts';
export { abs } from './operations/abs.ts';
export { add } from './operations/add.ts';
export { argmax } from './operations/argmax.ts';
export { type AttentionOptions, attention } from './operations/attention.ts';
export { FORBIDDEN } from './operations/attention-parts.ts';
export { cast } from './operations/cast.ts';
export { concat } from './operations/concat.ts';
export { cos } from './operations/cos.ts';
export { cumulativeSum } from './operations/cumulative-sum.ts';
export type { ReduceOptions } from './operations/define-reduction.ts';
export { div } from './operations/div.ts';
export { equal } from './operations/equal.ts';
export { exp } from './operations/exp.ts';
export { expand } from './operations/expand.ts';
export { gatherRows } from './operations/gather-rows.ts';
export { greater } from './operations/greater.ts';
export { greaterEqual } from './operations/greater-equal.ts';
export { identity } from './operations/identity.ts';
export { layerNorm } from './operations/layer-norm.ts';
export { less } from './operations/less.ts';
export { lessEqual } from './operations/less-equal.ts';
export { linearCrossEntropy } from './operations/linear-cross-entropy.ts';
export { log } from './operations/log.ts';
export { logicalAnd } from './operations/logical-and.ts';
export { logicalNot } from './operations/logical-not.ts';
export { logicalOr } from './operations/logical-or.ts';
export { type MatmulOptions, matmul } from './operations/matmul.ts';
export { max } from './operations/max.ts';
export { maximum } from './operations/maximum.ts';
export { min } from './operations/min.ts';
export { minimum } from './operations/minimum.ts';
export { mul } from './operations/mul.ts';
export { neg } from './operations/neg.ts';
export { pad } from './operations/pad.ts';
export { pow } from './operations/pow.ts';
export { randomUniform } from './operations/random-uniform.ts';
export { reciprocal } from './operations/reciprocal.ts';
export { relu } from './operations/relu.ts';
export { reshape } from './operations/reshape.ts';
export { rmsNorm } from './operations/rms-norm.ts';
export { type RotaryTable, rope, rotaryTable } from './operations/rope.ts';
export { scatterAddAlongLastAxis } from './operations/scatter-add-along-last-axis.ts';
export { scatterAddRows } from './operations/scatter-add-rows.ts';
export { sigmoid } from './operations/sigmoid.ts';
export { sign } from './operations/sign.ts';
export { silu } from './operations/silu.ts';
export { sin } from './operations/sin.ts';
export { slice } from './operations/slice.ts';
export { softmax } from './operations/softmax.ts';
export { sqrt } from './operations/sqrt.ts';
export { stopGradient } from './operations/stop-gradient.ts';
export { sub } from './operations/sub.ts';
export { sum } from './operations/sum.ts';
export { swiglu } from './operations/swiglu.ts';
export { takeAlongLastAxis } from './operations/take-along-last-axis.ts';
export { tanh } from './operations/tanh.ts';
export { transpose } from './operations/transpose.ts';
export { where } from './operations/where.ts';
export {
  type Arrays,
  type Leaves,
  type ProgramSpec,
  programDepth,
  type Specs,
  type SpecTrees,
} from './program.ts';
export { ShapeError } from './shape.ts';
