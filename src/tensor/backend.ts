// The contract of backends: what compiles a traced program and runs it.

import type { ArraySpec, NdArray } from '../core/index.ts';
import type { TracedProgram } from './program.ts';

/** What computes. */
export type RuntimeInfo = {
  /** Of onnxruntime, the native build or the one in WebAssembly, which agree to rounding, not to the bit. */
  readonly kind: 'native' | 'wasm' | 'interpreter';
  readonly version: string;
  /** Why it is not the one that was wanted. */
  readonly reason?: string;
};

/** A state on the device: the leaves of a tree, in order. */
export type StateHandle = {
  /** A copy of the present values. */
  read(): Promise<readonly NdArray[]>;
  /** Frees the memory. */
  drop(): Promise<void>;
};

/** A run that is under way. */
export type PendingRun = {
  /** The outputs, in order, once they are there. */
  read(): Promise<readonly NdArray[]>;
};

/** A compiled program. */
export type Executable = {
  /**
   * Begins a run and returns at once. Runs and reads of states happen in the order in which they are asked for.
   *
   * @param states in the order of the program's; those that it updates hold their new values afterwards
   * @param inputs in the order of the program's
   */
  run(states: readonly StateHandle[], inputs: readonly NdArray[]): PendingRun;
  readonly facts: {
    /** Operations of what is executed. */
    readonly nodes: number;
    /** Memory of a run, where the backend knows it. */
    readonly peakBytes?: number;
  };
  /** Frees it. */
  close(): Promise<void>;
};

export type Backend = {
  /** What `engine.device` calls it. */
  readonly name: string;
  /** Threads that one operation may use. */
  readonly threads: number;
  runtime(): Promise<RuntimeInfo>;
  compile(program: TracedProgram): Promise<Executable>;
  /**
   * @param leaves a leaf without data becomes zeros
   * @param transfer hands their buffers over instead of copying them
   */
  createState(leaves: readonly (ArraySpec | NdArray)[], transfer: boolean): Promise<StateHandle>;
  /** Ends it and frees everything. What waits is rejected; resolves when what is under way is done. */
  close(): Promise<void>;
};
