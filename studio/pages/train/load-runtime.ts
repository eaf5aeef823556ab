// onnxruntime in a browser's worker: WebAssembly, from files of the studio itself.

import type * as Ort from 'onnxruntime-common';
import { openOnnxHere } from '../../../src/tensor/backends/onnx/open-onnx-here.ts';
import { TARGETS } from '../../../src/tensor/backends/onnx/targets.ts';
import { Device } from '../../../src/tensor/tracing.ts';

/** Threads beyond these do not make a small model faster. */
const MAX_THREADS = 4;

/** Threads share memory, which a page may only have where its server isolates it from others. */
export function chooseThreads(isIsolated: boolean, processors: number): number {
  return isIsolated ? Math.max(1, Math.min(MAX_THREADS, Math.floor(processors / 2))) : 1;
}

/** What computes: WebAssembly, or a GPU through WebGPU. */
export type BrowserDeviceName = 'wasm' | 'webgpu';

/**
 * @param folder the address of the runtime's files, with a slash at its end
 * @throws Error if they are not there
 */
export async function openBrowserDevice(
  folder: string,
  name: BrowserDeviceName,
  threads: number,
): Promise<Device> {
  const url = `${folder}${name === 'webgpu' ? 'ort.jspi.min.mjs' : 'ort.wasm.min.mjs'}`;
  const ort = (await import(/* @vite-ignore */ url)) as typeof Ort;
  ort.env.wasm.wasmPaths = folder;
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  const version = ort.env.versions.web ?? ort.env.versions.common;
  const target = name === 'webgpu' ? TARGETS.webgpu : TARGETS.cpu;
  return new Device(openOnnxHere({ ort, version, target, threads }));
}
