// What the thread with onnxruntime is asked to do, whichever thread that is.

import type { ArraySpec, NdArray } from '../../../core/index.ts';

type SessionOptions = {
  readonly executionProviders: readonly string[];
  readonly threads: number;
};

/** Names of a program's arrays in its ONNX graph. */
export type Binding = { readonly name: string; readonly spec: ArraySpec };

/** Which of a program's inputs come from a state, and which outputs replace them. */
export type StateBinding = {
  /** Index of the state in a run request. */
  readonly reads: readonly { readonly input: string; readonly leaf: number }[];
  readonly writes: readonly { readonly output: string; readonly leaf: number }[];
};

/** What a session of onnxruntime is asked to do. */
export type Request =
  | {
      readonly kind: 'load';
      readonly program: number;
      readonly model: Uint8Array;
      readonly options: SessionOptions;
      readonly states: readonly StateBinding[];
      readonly outputs: readonly Binding[];
    }
  | {
      readonly kind: 'run';
      readonly program: number;
      readonly states: readonly number[];
      readonly inputs: readonly { readonly name: string; readonly value: NdArray }[];
    }
  | { readonly kind: 'unload'; readonly program: number }
  | {
      readonly kind: 'createState';
      readonly state: number;
      readonly leaves: readonly (NdArray | ArraySpec)[];
    }
  | { readonly kind: 'readState'; readonly state: number }
  | { readonly kind: 'dropState'; readonly state: number };

/** Opening a program. */
export type LoadRequest = Extract<Request, { kind: 'load' }>;
