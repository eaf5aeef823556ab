// Messages between a device and its worker thread.

import type { NdArray } from '../../../../core/index.ts';
import type { RuntimeInfo } from '../../../backend.ts';
import type { Request } from '../requests.ts';

/** Builds of onnxruntime. */
export type RuntimeKind = 'native' | 'wasm';

/** What a worker is started with. */
export type WorkerData = {
  readonly runtime: RuntimeKind;
  readonly threads: number;
  /** Its one element becomes 1 when the device closes; waiting requests are then not started. */
  readonly closing: Int32Array;
};

export type ThreadRequest =
  | Request
  | { readonly kind: 'describe' }
  /** Ends the thread after the request in progress; there is no reply. */
  | { readonly kind: 'close' };

export type Envelope = { readonly id: number; readonly request: ThreadRequest };

/** `values` are the outputs of a run, or the leaves of a state, in the order of their bindings. */
export type Reply =
  | { readonly id: number; readonly values: readonly NdArray[] }
  | { readonly id: number; readonly runtime: RuntimeInfo }
  | { readonly id: number; readonly error: string };
