// The WebAssembly module of kernels/nca/: decoded, compiled and instantiated, with the types of what it exports.

import { KERNEL_WASM } from './kernel-wasm.ts';

// Neither ES2023 nor Node's types declare WebAssembly; this is the part of it that is used here.
type Instance = { readonly exports: unknown };
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => Instance;
  instantiate(bytes: Uint8Array): Promise<{ readonly instance: Instance }>;
};

/** Exports of kernels/nca/index.ts. Addresses are byte offsets into `memory`; keys are two words. */
export type KernelExports = {
  readonly memory: { readonly buffer: ArrayBuffer };
  setSizes(
    colors: number,
    grid: number,
    patch: number,
    features: number,
    hidden: number,
    wrapsChannels: boolean,
  ): void;
  setDynamics(temperature: number, identityBias: number, burnIn: number, dt: number): void;
  layOut(usesInt16: boolean, frames: number): number;
  selectSequence(key0: number, key1: number, low: number, high: number): void;
  selectAttempt(attempt: number): void;
  selectRule(key0: number, key1: number): void;
  selectRollout(key0: number, key1: number): void;
  poolIndex(size: number): number;
  selectPoolRule(key0: number, key1: number, index: number, attempt: number): void;
  sampleRule(): void;
  packRule(): void;
  startRollout(): void;
  advanceTo(frames: number): void;
  frameTokens(frames: number, startToken: number): void;
  convolutionKernelAddress(): number;
  hiddenKernelAddress(): number;
  logitsKernelAddress(): number;
  frameCellsAddress(): number;
  patchIdsAddress(): number;
  tokensAddress(): number;
  /** Where the host may put up to 65,024 bytes for `gzipSize`. */
  gzipInputAddress(): number;
  gzipSize(address: number, bytes: number): number;
};

function decodeModule(): Uint8Array {
  const text = atob(KERNEL_WASM);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * A new instance with memory of its own. It compiles at once, which the main thread of some browsers allows for small
 * modules only (4 KB in Chrome before version 115): use a worker there, or `openKernelAsync`.
 */
export function openKernel(): KernelExports {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(decodeModule()));
  return instance.exports as KernelExports;
}

/** The same, compiled without blocking the thread. */
export async function openKernelAsync(): Promise<KernelExports> {
  const { instance } = await WebAssembly.instantiate(decodeModule());
  return instance.exports as KernelExports;
}
