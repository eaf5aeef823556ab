// Which build of onnxruntime a device's thread computes with: the native one of onnxruntime-node, or WebAssembly.

import type * as Ort from 'onnxruntime-common';
import type { RuntimeInfo } from '../../../backend.ts';
import type { RuntimeKind } from './protocol.ts';

export type Runtime = RuntimeInfo & {
  readonly ort: Pick<typeof Ort, 'InferenceSession' | 'Tensor'>;
};

/**
 * Loads onnxruntime into this thread: the native build, or where that is not installed or does not load, the WebAssembly
 * that the build packs into `dist/onnxruntime-web`. It computes the same operations in other instructions: results agree to
 * rounding, not to the bit.
 *
 * @param wanted 'wasm' passes over the native build
 * @param threads that the WebAssembly may use; the native build is told by each session
 */
export async function loadRuntime(wanted: RuntimeKind, threads: number): Promise<Runtime> {
  if (wanted === 'wasm') return loadWasm(threads);
  try {
    const ort = await import('onnxruntime-node');
    return { kind: 'native', ort, version: ort.env.versions.node ?? ort.env.versions.common };
  } catch (error) {
    // Where it was imported from says nothing to a person.
    const reason = (error as Error).message.split('\n')[0]!.replace(/ imported from .*/, '');
    return { ...(await loadWasm(threads)), reason };
  }
}

async function loadWasm(threads: number): Promise<Runtime> {
  // From src/ and from dist/ it is the same place.
  const url = new URL('../../../../../dist/onnxruntime-web/ort.node.min.mjs', import.meta.url);
  const ort = (await import(url.href)) as typeof Ort;
  ort.env.wasm.numThreads = threads;
  return { kind: 'wasm', ort, version: ort.env.versions.web ?? ort.env.versions.common };
}
