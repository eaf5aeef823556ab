// What the lowering of an operation writes to.

import type { NdArray } from '../../../core/index.ts';
import type { Node, Tensor } from '../../graph.ts';
import type { OnnxAttribute } from './encode.ts';
import type { Target } from './targets.ts';

/** What a lowering writes to. Names stand for values. */
export type Emitter = {
  readonly target: Target;
  /** The name of a traced tensor. */
  name(tensor: Tensor): string;
  /** Appends an ONNX node; makes up names for its outputs when none are given. */
  node(
    op: string,
    inputs: readonly string[],
    options?: {
      attributes?: Readonly<Record<string, OnnxAttribute>>;
      domain?: string;
      outputs?: readonly string[];
    },
  ): string;
  /** A constant; equal ones are shared. */
  constant(value: NdArray): string;
  /** A constant int64 list, the form in which ONNX takes shapes and axes. */
  int64(values: readonly number[]): string;
};

/** Emits ONNX nodes that compute `outputs` from `inputs` (names, in the order of `node`'s tensors). */
export type Lowering = (
  emitter: Emitter,
  node: Node,
  inputs: readonly string[],
  outputs: readonly string[],
) => void;
