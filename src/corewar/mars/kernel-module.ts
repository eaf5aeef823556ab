// The WebAssembly modules of kernels/mars: decoded, compiled and instantiated, with the types of what it exports.

import { KERNEL_WASM } from './kernel-wasm.ts';
import { KERNEL_WASM as WIDE_KERNEL_WASM } from './wide-kernel-wasm.ts';

// Neither ES2023 nor Node's types declare WebAssembly; this is the part of it that is used here.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** Exports of kernels/mars/index.ts. Addresses are byte offsets into `memory`; warriors go by index. */
export type MarsKernel = {
  readonly memory: { readonly buffer: ArrayBuffer };
  setSizes(coreSize: number, maxCycles: number, maxProcesses: number, pspaceSize: number): void;
  setLimits(readLimit: number, writeLimit: number): void;
  keepImmediate(keeps: boolean): void;
  /** Address of cell 0. */
  coreAddress(): number;
  /** 0 where there is not so much memory. */
  layOut(warriors: number, instructions: number): number;
  imagesAddress(): number;
  setWarrior(index: number, image: number, length: number, start: number, pspaceOf: number): void;
  clear(): void;
  place(index: number, position: number): void;
  start(first: number): void;
  /** 1 while the round is not over. */
  step(count: number, trace: boolean): number;
  remainingInstructions(): number;
  nominalInstructions(): number;
  executedInstructions(): number;
  currentWarrior(): number;
  tracedAddress(): number;
  writtenAddress(): number;
  deathCycle(index: number): number;
  spawnedProcesses(index: number): number;
  countVisited(index: number): number;
  queueLength(index: number): number;
  queuedAddress(index: number, at: number): number;
  pspaceAddress(index: number): number;
  lastResult(index: number): number;
  emptyCode(): number;
};

/** Cells of a core that the narrow module can address, and those that the wide one can. */
export const MAX_NARROW_CORE = 2 ** 16;
export const MAX_WIDE_CORE = 2 ** 25;

/**
 * A new instance with memory of its own; compiled at once (see `openKernel` of the NCA world about browsers). `isWide` for
 * cores above `MAX_NARROW_CORE`.
 */
export function openMarsKernel(isWide: boolean): MarsKernel {
  const text = atob(isWide ? WIDE_KERNEL_WASM : KERNEL_WASM);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as MarsKernel;
}
