// Messages between a device and its worker thread.

import type { ArraySpec, NdArray } from '../../../../core/index.ts';
import type { RuntimeInfo } from '../../../backend.ts';

/** Builds of onnxruntime. */
export type RuntimeKind = 'native' | 'wasm';

/** What a worker is started with. */
export type WorkerData = {
  readonly runtime: RuntimeKind;
  readonly threads: number;
  /** Its one element becomes 1 when the device closes; waiting requests are then not started. */
  readonly closing: Int32Array;
};

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

export type Request =
  | { readonly kind: 'describe' }
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
  | { readonly kind: 'dropState'; readonly state: number }
  /** Ends the thread after the request in progress; there is no reply. */
  | { readonly kind: 'close' };

export type Envelope = { readonly id: number; readonly request: Request };

/** `values` are the outputs of a run, or the leaves of a state, in the order of their bindings. */
export type Reply =
  | { readonly id: number; readonly values: readonly NdArray[] }
  | { readonly id: number; readonly runtime: RuntimeInfo }
  | { readonly id: number; readonly error: string };
