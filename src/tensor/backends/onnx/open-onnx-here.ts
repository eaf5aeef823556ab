// The backend on onnxruntime in the thread that asks, as in a browser's worker: a run blocks it.

import type * as Ort from 'onnxruntime-common';
import type { NdArray } from '../../../core/index.ts';
import type { Backend } from '../../backend.ts';
import { createOnnxBackend } from './create-onnx-backend.ts';
import { createExecutor } from './executor.ts';
import type { LoadRequest, Request } from './requests.ts';
import type { Target } from './targets.ts';

export type HereOptions = {
  /** The runtime, loaded and set up. */
  readonly ort: Pick<typeof Ort, 'InferenceSession' | 'Tensor'>;
  readonly version: string;
  readonly target: Target;
  /** Threads that the runtime was set up with. */
  readonly threads: number;
};

/** Nothing is loaded or started here. */
export function openOnnxHere({ ort, version, target, threads }: HereOptions): Backend {
  const execute = createExecutor({
    Tensor: ort.Tensor,
    openProgram: (source) => openProgram(ort, target, source),
    writesInPlace: false,
  });
  let isClosed = false;
  // One request at a time, in order: runs that share a state must not overlap.
  let last: Promise<unknown> = Promise.resolve();
  const ask = (request: Request, transfer: readonly ArrayBufferLike[]): Promise<NdArray[]> => {
    // As a message to another thread would be: the caller may change its arrays afterwards.
    const own = structuredClone(request, { transfer: [...transfer] as ArrayBuffer[] });
    const answer = last.then(() => {
      if (isClosed) throw new Error('the device is closed');
      return execute(own);
    });
    last = answer.catch(() => {});
    return answer;
  };
  return createOnnxBackend({
    target,
    threads,
    ask,
    runtime: async () => ({ kind: 'wasm', version }),
    close: async () => {
      isClosed = true;
      await last;
    },
  });
}

async function openProgram(
  ort: HereOptions['ort'],
  target: Target,
  { model, states }: LoadRequest,
) {
  const isGpu = target.name === 'webgpu';
  const updates = states.flatMap(({ writes }) => writes.map(({ output }) => output));
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [...target.executionProviders],
    graphOptimizationLevel: 'all',
    enableMemPattern: false,
    // Errors reach the caller as rejections, so onnxruntime need not print them.
    logSeverityLevel: 4,
    // What a run updates stays where the next one reads it.
    ...(isGpu && updates.length > 0
      ? { preferredOutputLocation: Object.fromEntries(updates.map((name) => [name, 'gpu-buffer'])) }
      : {}),
  } as Ort.InferenceSession.SessionOptions);
  return {
    run: (feeds: Ort.InferenceSession.FeedsType, fetches: object) =>
      session.run(feeds, Object.keys(fetches)),
    release: () => session.release(),
  };
}
