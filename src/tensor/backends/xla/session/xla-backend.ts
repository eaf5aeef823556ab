// The backend on XLA: a worker thread that holds a PJRT plugin, since compiling and waiting block the thread that they are on.

import { type ArraySpec, isNdArray, type NdArray } from '../../../../core/index.ts';
import type { Backend, RuntimeInfo, StateHandle } from '../../../backend.ts';
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

/** Starts the worker thread. That the plugin cannot be used shows at the first request. */
export function openXlaBackend(options: XlaOptions): Backend {
  const { name, plugin, preload = [], cacheFolder = null, clientOptions, threads } = options;
  const { spread = ONE_DEVICE } = options;
  const { blocks = countDevices(spread.mesh) === 1 ? DEFAULT_BLOCKS : ON_MESH } = options;
  let { fusesAttention } = blocks;
  const client = new WorkerClient<Request, Answer, Omit<WorkerData, 'closing'>>(workerUrl(), {
    plugin,
    preload,
    cacheFolder,
    clientOptions,
    mesh: spread.mesh,
  });
  const load = async (traced: TracedProgram, program: number, fuses: boolean) => {
    const lowered = lowerProgram(traced, spread, { ...blocks, fusesAttention: fuses });
    const { text, operations, layouts } = lowered;
    const answer = await client.ask({
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
      const answer = await client.ask({ kind: 'describe' });
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
          const answered = client.ask({
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
          await client.ask({ kind: 'unload', program });
        },
      };
    },
    async createState(leaves, transfer) {
      const state = nextId++;
      const buffers = leaves.flatMap((leaf: ArraySpec | NdArray) =>
        isNdArray(leaf) ? [leaf.data.buffer] : [],
      );
      await client.ask(
        { kind: 'createState', state, leaves },
        transfer ? [...new Set(buffers)] : [],
      );
      const handle: StateHandle = {
        read: async () => valuesOf(await client.ask({ kind: 'readState', state })),
        async drop() {
          await client.ask({ kind: 'dropState', state });
        },
      };
      stateIds.set(handle, state);
      return handle;
    },
    close: () => client.close(),
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
