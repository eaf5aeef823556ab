// The thread that holds a plugin: compiled programs, and states as buffers of the device. Runs are enqueued as they are asked
// for, and read while the next ones compute.

import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import {
  type ArraySpec,
  allocate,
  isNdArray,
  type NdArray,
  sizeOf,
} from '../../../../core/index.ts';
import type { RuntimeInfo } from '../../../backend.ts';
import { countDevices, type Mesh } from '../../../mesh.ts';
import { type Layout, sameLayout, wholeLayout } from '../layouts.ts';
import type { LoweredProgram } from '../lower-program.ts';
import { type Client, type CompiledProgram, openClient, type PendingRead } from './client.ts';
import { createTunedCompile } from './compile-tuned.ts';
import { createCollector } from './create-collector.ts';
import { type Compile, createCompile } from './create-compile.ts';
import { memoryBytes, peakOf, requireRoom } from './device-memory.ts';
import { explainFailure } from './explain-failure.ts';
import { keepMemory } from './keep-memory.ts';
import { openKeyValueFunctions } from './key-value-functions.ts';
import { loadNative, preloadLibraries } from './load-native.ts';
import { openDevices, openSharedDevices } from './open-devices.ts';
import {
  destroyPlaced,
  type OwnDevices,
  type PlacedArray,
  partSpec,
  placeArray,
  readPlaced,
} from './placed-arrays.ts';
import { openPlugin, type Plugin } from './plugin.ts';
import type { Envelope, Reply, Request, StateWrites, WorkerData } from './protocol.ts';

type LoadedProgram = {
  readonly compiled: CompiledProgram;
  /** Outputs that are given to whoever runs it; the others go into states. */
  readonly resultCount: number;
  readonly states: readonly StateWrites[];
  readonly layouts: LoweredProgram['layouts'];
  /** Of results and updates, as wholes. */
  readonly outputs: readonly ArraySpec[];
};

/** An array of a state. Over several devices it is spread by the first program that asks for it. */
type Leaf = PlacedArray | NdArray | ArraySpec;

/** What is under way: its reply is sent once the values are there. */
type Pending = { readonly id: number; readonly reads: readonly PendingRead[]; done(): void };

/** Runs that are enqueued before the first of them is waited for: more would only hold memory. */
const MOST_PENDING = 4;

function serve(
  port: MessagePort,
  plugin: Plugin,
  client: Client,
  compile: Compile,
  { closing, mesh, processes }: Pick<WorkerData, 'closing' | 'mesh' | 'processes'>,
): void {
  const programs = new Map<number, LoadedProgram>();
  const states = new Map<number, Leaf[]>();
  const devices = countDevices(mesh);
  const place = placeOf(client, mesh, processes);
  const { own } = place;
  const compileOptions = {
    partitions: devices,
    ...(processes ? { deviceIds: client.allDevices.map(({ id }) => id) } : {}),
  };
  const collect = createCollector(client, place, (text, outputs) =>
    compile(text, outputs, compileOptions),
  );
  const pending: Pending[] = [];
  const reply = (message: Reply) => {
    const buffers =
      'values' in message ? message.values.map((x) => x.data.buffer as ArrayBuffer) : [];
    port.postMessage(message, [...new Set(buffers)]);
  };
  const fail = (id: number, error: unknown, asked: Request['kind']) => {
    reply({ id, ...explainFailure(error, asked) });
  };

  function found<T>(map: Map<number, T>, id: number, what: string): T {
    const value = map.get(id);
    if (value === undefined) throw new Error(`the ${what} was closed already`);
    return value;
  }

  function run(
    { program, states: ids, inputs }: Extract<Request, { kind: 'run' }>,
    id: number,
  ): void {
    const loaded = found(programs, program, 'program');
    const { compiled, resultCount, states: writes, layouts } = loaded;
    const bound = ids.map((state) => found(states, state, 'state'));
    let next = 0;
    const read = bound.flatMap((leaves) =>
      leaves.map((leaf, i) => {
        const placed = placeLeaf(leaf, layouts.arguments[next++]!);
        leaves[i] = placed;
        return placed;
      }),
    );
    const given = inputs.map((value) =>
      placeArray(client, place, value, layouts.arguments[next++]!),
    );
    const lists = own.map((_, device) =>
      [...read, ...given].map(({ buffers }) => buffers[device]!),
    );
    let executed: ReturnType<CompiledProgram['execute']>;
    try {
      executed = compiled.execute(lists);
    } finally {
      for (const array of given) destroyPlaced(client, array);
    }
    const outputs = loaded.outputs.map((spec, i) => ({
      spec,
      layout: layouts.results[i]!,
      buffers: executed.map((list) => list[i]!),
    }));
    bound.forEach((leaves, i) => {
      for (const { leaf, output } of writes[i]!) {
        destroyPlaced(client, leaves[leaf] as PlacedArray);
        leaves[leaf] = outputs[output]!;
      }
    });
    const results = outputs.slice(0, resultCount);
    const reads = results.map((array) => readPlaced(client, place, array));
    pending.push({
      id,
      reads,
      done: () => {
        for (const array of results) destroyPlaced(client, array);
      },
    });
  }

  /** A leaf as a program asks for it. */
  function placeLeaf(leaf: Leaf, layout: Layout): PlacedArray {
    if (!isPlaced(leaf)) return placeArray(client, place, leaf, layout);
    if (sameLayout(leaf.layout, layout)) return leaf;
    const value = collect(leaf).wait();
    destroyPlaced(client, leaf);
    return placeArray(client, place, value, layout);
  }

  function destroyLeaf(leaf: Leaf): void {
    if (isPlaced(leaf)) destroyPlaced(client, leaf);
  }

  /** Begins to read a leaf. */
  function readLeaf(leaf: Leaf): PendingRead {
    if (isPlaced(leaf)) return collect(leaf);
    const { dtype, shape } = leaf;
    const data = isNdArray(leaf) ? leaf.data.slice() : allocate(dtype, sizeOf(shape));
    return { wait: () => ({ dtype, shape, data }) };
  }

  /** Waits for the first of the runs under way. */
  function settle(): void {
    const { id, reads, done } = pending.shift()!;
    try {
      reply({ id, values: reads.map((read) => read.wait()) });
    } catch (error) {
      fail(id, error, 'run');
    } finally {
      done();
    }
  }

  function handle(id: number, request: Exclude<Request, { kind: 'close' }>): void {
    if (Atomics.load(closing, 0) === 1) throw new Error('the device is closed');
    switch (request.kind) {
      case 'describe': {
        reply({ id, runtime: describeRuntime(plugin, client) });
        break;
      }
      case 'load': {
        const { program, text, results, updates, states: writes, layouts } = request;
        const outputs = [...results, ...updates];
        const parts = outputs.map((spec, i) => partSpec(spec, layouts.results[i]!, mesh));
        const beganMs = performance.now();
        const { compiled, isCached } = compile(text, parts, compileOptions);
        const compileSeconds = (performance.now() - beganMs) / 1000;
        const peakBytes = peakOf(compiled);
        try {
          const placed = [...states.values()].flat().filter(isPlaced);
          if (peakBytes !== null) requireRoom(client, own.length, peakBytes, placed);
        } catch (error) {
          compiled.destroy();
          throw error;
        }
        const resultCount = results.length;
        programs.set(program, { compiled, resultCount, states: writes, layouts, outputs });
        reply({ id, peakBytes, compileSeconds, isCached });
        break;
      }
      case 'run':
        run(request, id);
        break;
      case 'unload':
        found(programs, request.program, 'program').compiled.destroy();
        programs.delete(request.program);
        reply({ id, values: [] });
        break;
      case 'createState':
        states.set(
          request.state,
          request.leaves.map((leaf) =>
            devices > 1 ? leaf : placeArray(client, place, leaf, wholeLayout(leaf.shape)),
          ),
        );
        reply({ id, values: [] });
        break;
      case 'readState': {
        const leaves = found(states, request.state, 'state');
        const values = leaves.map(readLeaf).map((read): NdArray => read.wait());
        reply({ id, values });
        break;
      }
      case 'dropState':
        for (const leaf of found(states, request.state, 'state')) destroyLeaf(leaf);
        states.delete(request.state);
        reply({ id, values: [] });
        break;
    }
  }

  /** Ends the thread: native code that still held buffers would take the process with it. */
  function close(): void {
    while (pending.length > 0) settle();
    for (const leaf of [...states.values()].flat()) destroyLeaf(leaf);
    collect.close();
    for (const { compiled } of programs.values()) compiled.destroy();
    client.close();
    process.exit();
  }

  port.on('messageerror', (error) => {
    throw error;
  });
  port.on('message', (first: Envelope) => {
    // What was asked for meanwhile is enqueued before anything is waited for.
    for (let next: Envelope | undefined = first; next || pending.length > 0; ) {
      if (next?.request.kind === 'close') {
        close();
        return;
      }
      if (next) {
        try {
          handle(next.id, next.request);
        } catch (error) {
          fail(next.id, error, next.request.kind);
        }
      }
      const queued = pending.length < MOST_PENDING ? receiveMessageOnPort(port) : undefined;
      next = queued?.message as Envelope | undefined;
      if (!next && pending.length > 0) settle();
    }
  });
}

/** The devices of this process on the mesh, which has those of rank 0 first. */
function placeOf(client: Client, mesh: Mesh, processes: WorkerData['processes']): OwnDevices {
  if (!processes) return { mesh, own: Array.from({ length: countDevices(mesh) }, (_, i) => i) };
  const own = client.allDevices.flatMap(({ process }, i) =>
    process === processes.rank ? [i] : [],
  );
  return { mesh, own };
}

function isPlaced(leaf: Leaf): leaf is PlacedArray {
  return 'buffers' in leaf;
}

function describeRuntime({ version }: Plugin, client: Client): RuntimeInfo {
  const { platform, devices } = client;
  const [product] = devices;
  const memory = memoryBytes(client);
  return {
    kind: 'xla',
    version: `PJRT ${version} (${platform})`,
    ...(product && product !== platform ? { product } : {}),
    ...(memory === null ? {} : { memoryBytes: memory }),
  };
}

/** Answers every request with why the device did not open. */
function refuse(port: MessagePort, error: unknown): void {
  const failure = explainFailure(error, null);
  port.on('message', ({ id, request }: Envelope) => {
    if (request.kind === 'close') process.exit();
    port.postMessage({ id, ...failure } satisfies Reply);
  });
}

async function open(port: MessagePort): Promise<void> {
  const data = workerData as WorkerData;
  const { plugin: file, preload, clientOptions, mesh, processes } = data;
  try {
    const native = await loadNative();
    preloadLibraries(native, preload);
    const plugin = openPlugin(native, file);
    const functions = processes && (await openKeyValueFunctions(processes));
    const open = (options: WorkerData['clientOptions']) => openClient(plugin, options, functions);
    const client = processes
      ? openSharedDevices(open, clientOptions, mesh, processes)
      : openDevices(open, clientOptions, mesh);
    if (client.platform === 'cpu') keepMemory(native);
    const compile = createTunedCompile(client.platform, createCompile(plugin, client, data));
    serve(port, plugin, client, compile, data);
  } catch (error) {
    refuse(port, error);
  }
}

if (parentPort) await open(parentPort);
