// The thread in which onnxruntime runs: a session's run() blocks its thread, so it gets one of its own.

import { parentPort, workerData } from 'node:worker_threads';
import type * as ort from 'onnxruntime-common';
import { createExecutor, type OpenedProgram } from '../executor.ts';
import type { LoadRequest } from '../requests.ts';
import { loadRuntime, type Runtime } from './load-runtime.ts';
import type { Envelope, Reply, WorkerData } from './protocol.ts';
import {
  canSpin,
  countPreemptions,
  isEnough,
  NO_PREEMPTIONS,
  SPIN_MICROSECONDS,
  shouldSpin,
} from './spinning.ts';

function openSession(
  { InferenceSession }: Runtime['ort'],
  source: LoadRequest,
  spins: boolean,
): Promise<ort.InferenceSession> {
  return InferenceSession.create(source.model, {
    executionProviders: [...source.options.executionProviders],
    intraOpNumThreads: source.options.threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // Memory patterns preallocate for the peak of every buffer at once: 30-40 % more, no faster.
    enableMemPattern: false,
    // Errors reach the caller as rejections, so onnxruntime need not print them.
    logSeverityLevel: 4,
    extra: {
      session: {
        intra_op: spins
          ? { allow_spinning: '1', spin_duration_us: `${SPIN_MICROSECONDS}` }
          : { allow_spinning: '0' },
        // Between runs, threads do not spin.
        force_spinning_stop: '1',
      },
    },
  });
}

/** Opens a program in a session whose threads wait the way that suits the machine, and reopens it where that changes. */
async function openProgram(runtime: Runtime, source: LoadRequest): Promise<OpenedProgram> {
  const { threads } = source.options;
  const startMs = performance.now();
  // Sessions start without spinning: a short program ends before it knows whether the machine is quiet.
  let session = await openSession(runtime.ort, source, false);
  const loadSeconds = (performance.now() - startMs) / 1e3;
  let spins = false;
  /** Since the session was opened. */
  let seen = NO_PREEMPTIONS;

  /** Reopens the session if its threads should wait the other way; results are the same to the bit. */
  async function adapt(): Promise<void> {
    if (runtime.kind !== 'native' || !canSpin(threads) || !isEnough(seen, loadSeconds)) return;
    const now = seen;
    seen = NO_PREEMPTIONS;
    if (shouldSpin(spins, now, threads) === spins) return;
    // If the second session does not fit into memory, the first one stays.
    const next = await openSession(runtime.ort, source, !spins).catch(() => null);
    if (next === null) return;
    const before = session;
    session = next;
    spins = !spins;
    await before.release();
  }

  return {
    async run(feeds, fetches) {
      await adapt();
      const ran = await countPreemptions(seen, () => session.run(feeds, fetches));
      seen = ran.seen;
      return ran.value;
    },
    release: () => session.release(),
  };
}

function serve(port: NonNullable<typeof parentPort>, runtime: Runtime, closing: Int32Array): void {
  const execute = createExecutor({
    Tensor: runtime.ort.Tensor,
    openProgram: (source) => openProgram(runtime, source),
    writesInPlace: runtime.kind === 'native',
  });

  // The request is unknown, so there is nobody to answer: the device fails as a whole.
  port.on('messageerror', (error) => {
    throw error;
  });

  // One request at a time, in order: runs that share a state must not overlap.
  let last: Promise<void> = Promise.resolve();
  port.on('message', ({ id, request }: Envelope) => {
    if (request.kind === 'describe') {
      const { ort: _, ...info } = runtime;
      port.postMessage({ id, runtime: info } satisfies Reply);
      return;
    }
    if (request.kind === 'close') {
      last = last.then(() => process.exit());
      return;
    }
    last = last.then(async () => {
      const isClosing = Atomics.load(closing, 0) === 1;
      const values = isClosing
        ? Promise.reject(new Error('the device is closed'))
        : execute(request);
      const reply = await values.then(
        (values): Reply => ({ id, values }),
        (error: unknown): Reply => ({
          id,
          error: error instanceof Error ? error.message : String(error),
        }),
      );
      const buffers =
        'values' in reply ? reply.values.map((x) => x.data.buffer as ArrayBuffer) : [];
      port.postMessage(reply, [...new Set(buffers)]);
    });
  });
}

if (parentPort) {
  const { runtime, threads, closing } = workerData as WorkerData;
  const loaded = await loadRuntime(runtime, threads);
  if (loaded.reason !== undefined) {
    process.emitWarning(
      `onnxruntime-node does not load (${loaded.reason}): computing in WebAssembly, which is slower. ` +
        'primordia doctor says what to do.',
    );
  }
  serve(parentPort, loaded, closing);
}
