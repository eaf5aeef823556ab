// Which build of onnxruntime a device's thread computes with: the native one of onnxruntime-node, or WebAssembly.

import type * as Ort from 'onnxruntime-common';
import type { RuntimeInfo } from '../../../backend.ts';
import type { RuntimeKind } from './protocol.ts';

export type Runtime = RuntimeInfo & {
  readonly ort: Pick<typeof Ort, 'InferenceSession' | 'Tensor'>;
};

/**
 * Loads onnxruntime into this thread: the native build or, if that is not installed or does not load, the WebAssembly build in
 * `dist/studio/onnxruntime`. The two use different instructions, so results agree up to rounding, not to the bit.
 *
 * @param wanted 'wasm' skips the native build
 * @param threads for WebAssembly; sessions of the native build have their own setting
 */
export async function loadRuntime(wanted: RuntimeKind, threads: number): Promise<Runtime> {
  if (wanted === 'wasm') return loadWasm(threads);
  try {
    const ort = await import('onnxruntime-node');
    return { kind: 'native', ort, version: ort.env.versions.node ?? ort.env.versions.common };
  } catch (error) {
    // The place of the import does not help the reader of the message.
    const reason = (error as Error).message.split('\n')[0]!.replace(/ imported from .*/, '');
    return { ...(await loadWasm(threads)), reason };
  }
}

async function loadWasm(threads: number): Promise<Runtime> {
  // The path is the same from src/ and from dist/.
  const url = new URL('../../../../../dist/studio/onnxruntime/ort.node.min.mjs', import.meta.url);
  const ort = (await import(url.href)) as typeof Ort;
  ort.env.wasm.numThreads = threads;
  return { kind: 'wasm', ort, version: ort.env.versions.web ?? ort.env.versions.common };
}
