// A device of onnxruntime on which equal programs share a session. Opening one is most of what a small program costs, and tests
// open the same learner again and again; that another session computes the same bits is for test/conformance/engine-production.test.ts.

import { createHash } from 'node:crypto';
import { createOnnxBackend } from '../../src/tensor/backends/onnx/create-onnx-backend.ts';
import type { LoadRequest, Request } from '../../src/tensor/backends/onnx/requests.ts';
import type {
  Reply,
  ThreadRequest,
  WorkerData,
} from '../../src/tensor/backends/onnx/session/protocol.ts';
import { TARGETS } from '../../src/tensor/backends/onnx/targets.ts';
import { WorkerClient } from '../../src/tensor/backends/session/worker-client.ts';
import { Device } from '../../src/tensor/index.ts';

const WORKER = new URL('../../dist/tensor/backends/onnx/session/worker.js', import.meta.url);

type Answer = Exclude<Reply, { error: string }>;

type Loaded = { readonly program: number; readonly opened: Promise<unknown> };

/** Sessions stay open until the device closes. */
export function openSharing({ threads = 1 }: { readonly threads?: number } = {}): Device {
  const client = new WorkerClient<ThreadRequest, Answer, Omit<WorkerData, 'closing'>>(WORKER, {
    runtime: 'native',
    threads,
  });
  const send = async (request: Request, transfer: readonly ArrayBufferLike[]) => {
    const answer = await client.ask(request, transfer);
    return 'values' in answer ? answer.values : [];
  };
  const byContent = new Map<string, Loaded>();
  /** The program that was loaded, for each that was asked for. */
  const places = new Map<number, number>();

  /** Loads a program unless an equal one is. */
  async function load(request: LoadRequest): Promise<readonly []> {
    const key = contentOf(request);
    const known = byContent.get(key) ?? { program: request.program, opened: send(request, []) };
    byContent.set(key, known);
    places.set(request.program, known.program);
    await known.opened;
    return [];
  }

  return new Device(
    createOnnxBackend({
      target: TARGETS.cpu,
      threads,
      async ask(request, transfer) {
        if (request.kind === 'load') return load(request);
        if (request.kind === 'unload') return [];
        if (request.kind !== 'run') return send(request, transfer);
        return send({ ...request, program: places.get(request.program)! }, transfer);
      },
      async runtime() {
        const answer = await client.ask({ kind: 'describe' });
        if (!('runtime' in answer)) throw new Error('no answer to "describe"');
        return answer.runtime;
      },
      close: () => client.close(),
    }),
  );
}

/** Equal for programs that are equal but for their numbers. */
function contentOf({ model, program: _, ...rest }: LoadRequest): string {
  return createHash('sha256').update(model).update(JSON.stringify(rest)).digest('hex');
}
