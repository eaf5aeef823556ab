// The backend on onnxruntime: a worker thread with its sessions and states, since a run blocks the thread that it is on.

import type { Backend, RuntimeInfo } from '../../../backend.ts';
import { WorkerClient } from '../../session/worker-client.ts';
import { createOnnxBackend } from '../create-onnx-backend.ts';
import type { ChunkSizes } from '../expansions.ts';
import type { Target } from '../targets.ts';
import type { Reply, RuntimeKind, ThreadRequest, WorkerData } from './protocol.ts';

export type OnnxOptions = {
  readonly target: Target;
  /** Threads that one operation may use. */
  readonly threads: number;
  /** 'wasm' skips the native build of onnxruntime, which is otherwise used if it loads. */
  readonly runtime: RuntimeKind;
  readonly chunks?: ChunkSizes;
};

/** Workers are plain JavaScript, so the sources use the built one. */
function workerUrl(): URL {
  const built = '../../../../../dist/tensor/backends/onnx/session/worker.js';
  return new URL(import.meta.url.endsWith('.ts') ? built : './worker.js', import.meta.url);
}

/** Starts the worker thread. */
export function openOnnxBackend({ target, threads, runtime, chunks }: OnnxOptions): Backend {
  const client = new WorkerClient<ThreadRequest, Answer, Omit<WorkerData, 'closing'>>(workerUrl(), {
    runtime,
    threads,
  });
  return createOnnxBackend({
    target,
    threads,
    chunks,
    async ask(request, transfer) {
      const answer = await client.ask(request, transfer);
      return 'values' in answer ? answer.values : [];
    },
    async runtime() {
      const answer = await client.ask({ kind: 'describe' });
      return (answer as Extract<Answer, { runtime: RuntimeInfo }>).runtime;
    },
    close: () => client.close(),
  });
}

type Answer = Exclude<Reply, { error: string }>;
