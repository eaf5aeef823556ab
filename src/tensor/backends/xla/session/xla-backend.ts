// The backend on XLA: a worker thread that holds a PJRT plugin, since compiling and waiting block the thread that they are on.

import { type ArraySpec, isNdArray, type NdArray } from '../../../../core/index.ts';
import type { JoinedGroup } from '../../../../processes/index.ts';
import type { Backend, RuntimeInfo, StateHandle } from '../../../backend.ts';
import { DeviceError } from '../../../device-error.ts';
import { countDevices, ONE_DEVICE, type Spread } from '../../../mesh.ts';
import type { TracedProgram } from '../../../program.ts';
import { WorkerClient } from '../../session/worker-client.ts';
import { type BlockSizes, DEFAULT_BLOCKS } from '../expansions.ts';
import { lowerProgram } from '../lower-program.ts';
import type { Reply, Request, StateWrites, WorkerData } from './protocol.ts';

export type XlaOptions = {
  /** What `engine.device` calls it. */
  readonly name: string;
  /** Path of the plugin. */
  readonly plugin: string;
  /** Libraries that it looks up by name once they are loaded. */
  readonly preload?: readonly string[];
  /** Folder of compiled programs; by default none are kept. */
  readonly cacheFolder?: string | null;
  /** Options of its client. */
  readonly clientOptions: Readonly<Record<string, string | number | boolean>>;
  readonly threads: number;
  /** By default one device. */
  readonly spread?: Spread;
  /** In how large pieces operations are computed; by default as measured. */
  readonly blocks?: BlockSizes;
  /** Of the group that shares the devices, in its process 0; by default there is one process. */
  readonly processes?: JoinedGroup | null;
};

/** Workers are plain JavaScript: from sources, the built one is used. */
function workerUrl(): URL {
  const built = '../../../../../dist/tensor/backends/xla/session/worker.js';
  return new URL(import.meta.url.endsWith('.ts') ? built : './worker.js', import.meta.url);
}

/**
 * The rows of a batch lie on several devices: a chunk of them would be moved together first. The partitioner cannot cut a
 * kernel of cuDNN either.
 */
const ON_MESH: BlockSizes = {
  ...DEFAULT_BLOCKS,
  lossRows: Number.MAX_SAFE_INTEGER,
  fusesAttention: false,
};

/** What kernels of cuDNN are called in programs. */
const CUDNN = '@__cudnn$';

const IS_ABOUT_KERNEL = /cudnn|fmha|custom.?call/i;

type Answer = Exclude<Reply, { error: string }>;

type XlaWorker = WorkerClient<Request, Answer, Omit<WorkerData, 'closing'>>;

/** Starts the thread that holds the plugin, for a process by itself or one of several. */
export function startXlaWorker({
  plugin,
  preload = [],
  cacheFolder = null,
  clientOptions,
  spread = ONE_DEVICE,
  processes = null,
}: XlaOptions): XlaWorker {
  const ports = processes && { get: processes.openPort(), other: processes.openPort() };
  const data = {
    plugin,
    preload,
    // What one process has and others lack, these would compile alone, though compiling may be a common effort.
    cacheFolder: processes ? null : cacheFolder,
    clientOptions,
    mesh: spread.mesh,
    processes: processes && ports && { rank: processes.rank, size: processes.size, ports },
  };
  const worker = new WorkerClient<Request, Answer, Omit<WorkerData, 'closing'>>(
    workerUrl(),
    data,
    ports ? Object.values(ports) : [],
  );
  processes?.onLost(({ message, hint }) => {
    worker.abandon(new DeviceError(message, hint === undefined ? {} : { hint }));
  });
  return worker;
}

/** What asks the thread: of process 0, and with it all processes do the same in the same order. */
function createAsk(worker: XlaWorker, processes: JoinedGroup | null): XlaWorker['ask'] {
  if (!processes) return (request, transfer) => worker.ask(request, transfer);
  return async (request, transfer) => {
    if (request.kind !== 'describe') processes.command(request);
    const answer = await worker.ask(request, transfer);
    processes.moved();
    return answer;
  };
}

/** Starts the worker thread. That the plugin cannot be used shows at the first request. */
export function openXlaBackend(options: XlaOptions): Backend {
  const { name, threads, spread = ONE_DEVICE, processes = null } = options;
  const { blocks = countDevices(spread.mesh) === 1 ? DEFAULT_BLOCKS : ON_MESH } = options;
  const worker = startXlaWorker(options);
  const ask = createAsk(worker, processes);
  let { fusesAttention } = blocks;
  const load = async (traced: TracedProgram, program: number, fuses: boolean) => {
    const lowered = lowerProgram(traced, spread, { ...blocks, fusesAttention: fuses });
    const { text, operations, layouts } = lowered;
    const answer = await ask({
      kind: 'load',
      program,
      text,
      results: traced.outputs.map(({ tensor }) => specOf(tensor)),
      updates: traced.states.flatMap(({ writes }) => writes.map(({ tensor }) => specOf(tensor))),
      states: listWrites(traced),
      layouts,
    });
    const loaded = answer as Extract<Answer, { peakBytes: number | null }>;
    return { ...loaded, operations, isFused: text.includes(CUDNN) };
  };
  const valuesOf = (answer: Answer) => ('values' in answer ? answer.values : []);
  const stateIds = new WeakMap<StateHandle, number>();
  let nextId = 1;
  return {
    name,
    threads,
    ...(countDevices(spread.mesh) > 1 ? { mesh: spread.mesh } : {}),
    async runtime() {
      const answer = await ask({ kind: 'describe' });
      return (answer as Extract<Answer, { runtime: RuntimeInfo }>).runtime;
    },
    async compile(traced) {
      const program = nextId++;
      const loaded = await load(traced, program, fusesAttention).catch((error) => {
        if (!fusesAttention || !IS_ABOUT_KERNEL.test(error.message)) throw error;
        // Not every GPU and every cuDNN has the kernel.
        fusesAttention = false;
        return load(traced, program, false);
      });
      const { peakBytes, compileSeconds, isCached, operations, isFused } = loaded;
      return {
        run(states, inputs) {
          const answered = ask({
            kind: 'run',
            program,
            states: states.map((state) => stateIds.get(state)!),
            inputs,
          });
          // Whoever reads it hears of a failure; a run that nobody reads must not end the process.
          answered.catch(() => {});
          return { read: async () => valuesOf(await answered) };
        },
        facts: {
          nodes: operations,
          compileSeconds,
          isCached,
          hasFusedAttention: isFused,
          ...(peakBytes === null ? {} : { peakBytes }),
        },
        async close() {
          await ask({ kind: 'unload', program });
        },
      };
    },
    async createState(leaves, transfer) {
      const state = nextId++;
      const buffers = leaves.flatMap((leaf: ArraySpec | NdArray) =>
        isNdArray(leaf) ? [leaf.data.buffer] : [],
      );
      await ask({ kind: 'createState', state, leaves }, transfer ? [...new Set(buffers)] : []);
      const handle: StateHandle = {
        read: async () => valuesOf(await ask({ kind: 'readState', state })),
        async drop() {
          await ask({ kind: 'dropState', state });
        },
      };
      stateIds.set(handle, state);
      return handle;
    },
    ...(processes && {
      note(at: string) {
        processes.note(at);
        processes.command({ kind: 'note', at });
      },
    }),
    close() {
      processes?.command({ kind: 'close' });
      return worker.close();
    },
  };
}

function specOf({ dtype, shape }: ArraySpec): ArraySpec {
  return { dtype, shape };
}

/** Outputs are the results, then the updates of states in order. */
function listWrites({ states, outputs }: TracedProgram): StateWrites[] {
  let output = outputs.length;
  return states.map(({ writes }) => writes.map(({ leaf }) => ({ leaf, output: output++ })));
}
