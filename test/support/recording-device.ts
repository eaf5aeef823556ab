// A device that computes nothing: it lowers what is compiled, tells of everything that reaches it, and answers with one number.

import { createHash } from 'node:crypto';
import {
  type ArraySpec,
  allocate,
  flattenTree,
  isArraySpec,
  isNdArray,
  mapTree,
  type NdArray,
  sizeOf,
  type Tree,
  zeros,
} from '../../src/core/index.ts';
import { encodeModel } from '../../src/tensor/backends/onnx/encode.ts';
import { lowerProgram } from '../../src/tensor/backends/onnx/lower-program.ts';
import { TARGETS } from '../../src/tensor/backends/onnx/targets.ts';
import { isTensor, type Tensor } from '../../src/tensor/graph.ts';
import type { Device, DeviceOptions } from '../../src/tensor/index.ts';
// Not through the index, which a test may replace by one with this device.
import { type ProgramSpec, traceProgram } from '../../src/tensor/program.ts';

type AnyProgram = ProgramSpec<
  Record<string, Tree<ArraySpec>>,
  Record<string, Tree<ArraySpec>>,
  Tree<Tensor>
>;

export const hashOf = (data: ArrayBufferView): string =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');

const hashTree = (tree: Tree<NdArray>) =>
  flattenTree<NdArray>(tree, isNdArray).map(([name, { data }]) => [name, hashOf(data)]);

/**
 * @param tell hears of programs by their lowered graphs, of states and inputs by their bytes
 * @param answer every floating-point number that a program puts out
 */
export function openRecordingDevice(
  { device = 'cpu', ...options }: DeviceOptions,
  tell: (act: readonly unknown[]) => void,
  answer: number,
) {
  tell(['device', device, options]);
  // Graphs of other backends are told of as onnxruntime's.
  const target = TARGETS[device as keyof typeof TARGETS] ?? TARGETS.cpu;
  let states = 0;
  // All that a device has, so that a new member is not forgotten here.
  const recording: Record<keyof Device, unknown> = {
    name: device,
    threads: 1,
    mesh: null,
    runtime: async () => ({ kind: 'interpreter', version: '' }),
    note: () => {},
    compile: async (program: AnyProgram) => {
      const { outputTree, ...traced } = traceProgram(program);
      const lowered = lowerProgram(traced, target);
      const hash = hashOf(encodeModel(lowered));
      tell(['compile', hash]);
      return {
        facts: { nodes: lowered.nodes.length },
        run: (_: unknown, inputs: Tree<NdArray>) => {
          tell(['run', hash, hashTree(inputs)]);
          const values = mapTree<Tensor, NdArray>(outputTree, isTensor, ({ dtype, shape }) => {
            const data = allocate(dtype, sizeOf(shape));
            if (/^float/.test(dtype)) (data as Float32Array).fill(answer);
            return { dtype, shape, data } as NdArray;
          });
          return { read: async () => values };
        },
        close: async () => {},
      };
    },
    createState: async (tree: Tree<ArraySpec>) => {
      const values = mapTree<ArraySpec, NdArray>(tree, isArraySpec, (leaf) => {
        const { dtype, shape, data } = isNdArray(leaf) ? leaf : zeros(leaf.dtype, leaf.shape);
        // As a device reads a state: without the role and the initializer of a parameter.
        return { dtype, shape, data } as NdArray;
      });
      tell(['state', hashTree(values)]);
      return {
        handle: { id: states++ },
        specs: tree,
        read: async () => values,
        drop: async () => {},
      };
    },
    close: async () => {},
  };
  return recording;
}
