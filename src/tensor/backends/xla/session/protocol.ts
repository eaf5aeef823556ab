// Messages between the backend and the thread that holds a plugin.

import type { MessagePort } from 'node:worker_threads';
import type { ArraySpec, NdArray } from '../../../../core/index.ts';
import type { RuntimeInfo } from '../../../backend.ts';
import type { Mesh } from '../../../mesh.ts';
import type { LoweredProgram } from '../lower-program.ts';

export type ProcessPlace = {
  readonly rank: number;
  readonly size: number;
  readonly ports: { readonly get: MessagePort; readonly other: MessagePort };
};

export type WorkerData = {
  /** Path of the plugin. */
  readonly plugin: string;
  /** Libraries to load before it. */
  readonly preload: readonly string[];
  /** Folder of compiled programs; null keeps none. */
  readonly cacheFolder: string | null;
  /** Options of its client. */
  readonly clientOptions: Readonly<Record<string, string | number | boolean>>;
  /** The devices that programs are spread over. */
  readonly mesh: Mesh;
  /** Where several processes share them: this one's place, and ports to their store, one for requests that wait for others. */
  readonly processes: ProcessPlace | null;
  /** Its one element becomes 1 when the device closes: requests that wait are not begun any more. */
  readonly closing: Int32Array;
};

export type Failure = {
  readonly error: string;
  /** What to do about it; absent for errors of ours, such as a program that does not compile. */
  readonly hint?: string;
};

/** Of a state among those of a run: which leaves become which outputs. */
export type StateWrites = readonly { readonly leaf: number; readonly output: number }[];

export type Request =
  | { readonly kind: 'describe' }
  | {
      readonly kind: 'load';
      readonly program: number;
      readonly text: string;
      /** What is given to whoever runs it. */
      readonly results: readonly ArraySpec[];
      /** What goes into states. */
      readonly updates: readonly ArraySpec[];
      /** In the order of the states of a run; outputs are numbered after the results. */
      readonly states: readonly StateWrites[];
      /** Of the arguments, and of results and updates. */
      readonly layouts: LoweredProgram['layouts'];
    }
  | {
      readonly kind: 'run';
      readonly program: number;
      readonly states: readonly number[];
      readonly inputs: readonly NdArray[];
    }
  | { readonly kind: 'unload'; readonly program: number }
  | {
      readonly kind: 'createState';
      readonly state: number;
      readonly leaves: readonly (NdArray | ArraySpec)[];
    }
  | { readonly kind: 'readState'; readonly state: number }
  | { readonly kind: 'dropState'; readonly state: number }
  /** Ends the thread when what is under way is done; there is no reply. */
  | { readonly kind: 'close' };

export type Envelope = { readonly id: number; readonly request: Request };

export type Reply =
  | { readonly id: number; readonly values: readonly NdArray[] }
  /** Of a program that was loaded. */
  | {
      readonly id: number;
      readonly peakBytes: number | null;
      readonly compileSeconds: number;
      /** Whether it was taken from the cache of compiled programs. */
      readonly isCached: boolean;
    }
  | { readonly id: number; readonly runtime: RuntimeInfo }
  | ({ readonly id: number } & Failure);
