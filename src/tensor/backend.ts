// The contract of backends, which compile traced programs and run them.

import type { ArraySpec, NdArray } from '../core/index.ts';
import type { Mesh } from './mesh.ts';
import type { TracedProgram } from './program.ts';

/** What computes. */
export type RuntimeInfo = {
  /** Of onnxruntime, the native build or the one in WebAssembly, which agree to rounding, not to the bit; XLA; no runtime. */
  readonly kind: 'native' | 'wasm' | 'interpreter' | 'xla';
  readonly version: string;
  /** Of a GPU: its product's name. */
  readonly product?: string;
  /** Memory that programs and states may have, bytes, if it is known. */
  readonly memoryBytes?: number;
  /** Why it is not the requested one. */
  readonly reason?: string;
};

/** A state on the device: the leaves of a tree, in order. */
export type StateHandle = {
  /** A copy of the current values. */
  read(): Promise<readonly NdArray[]>;
  /** Frees the memory. */
  drop(): Promise<void>;
};

/** A run in progress. */
export type PendingRun = {
  /** The outputs, in order, once the run is done. */
  read(): Promise<readonly NdArray[]>;
};

/** What is known of a compiled program. */
export type ProgramFacts = {
  /** Number of operations that are executed. */
  readonly nodes: number;
  /** Memory that a run takes on each device, bytes, if the backend knows it. */
  readonly peakBytes?: number;
  /** Time that compiling took, if the backend compiles. */
  readonly compileSeconds?: number;
  /** Whether it was taken from the cache of compiled programs. */
  readonly isCached?: boolean;
  /** Whether a kernel of the device's own computes attention. */
  readonly hasFusedAttention?: boolean;
};

/** A compiled program. */
export type Executable = {
  /**
   * Starts a run and returns at once. Runs and reads of states happen in the order in which they are requested.
   *
   * @param states in the order of the program's; those that it updates hold their new values afterwards
   * @param inputs in the order of the program's
   */
  run(states: readonly StateHandle[], inputs: readonly NdArray[]): PendingRun;
  readonly facts: ProgramFacts;
  /** Frees it. */
  close(): Promise<void>;
};

export type Backend = {
  /** Its name in `engine.device`. */
  readonly name: string;
  /** Threads that one operation may use. */
  readonly threads: number;
  /** The devices that programs are spread over, if there are several. */
  readonly mesh?: Mesh;
  runtime(): Promise<RuntimeInfo>;
  compile(program: TracedProgram): Promise<Executable>;
  /**
   * @param leaves a leaf without data becomes zeros
   * @param transfer hands their buffers over instead of copying them
   */
  createState(leaves: readonly (ArraySpec | NdArray)[], transfer: boolean): Promise<StateHandle>;
  /** Of several processes: says what is done, for messages about one that is lost. */
  note?(at: string): void;
  /** Closes it and frees everything. Waiting requests are rejected; resolves when the request in progress is done. */
  close(): Promise<void>;
};
