// The thread that holds a plugin: compiled programs, and states as buffers of the device. Runs are enqueued as they are asked
// for, and read while the next ones compute.

import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import { allocate, isNdArray, type NdArray, sizeOf } from '../../../../core/index.ts';
import {
  type Client,
  type CompiledProgram,
  type DeviceBuffer,
  openClient,
  type PendingRead,
} from './client.ts';
import { loadNative } from './load-native.ts';
import { openPlugin, type Plugin } from './plugin.ts';
import type { Envelope, Reply, Request, StateWrites, WorkerData } from './protocol.ts';

type LoadedProgram = {
  readonly compiled: CompiledProgram;
  /** Outputs that are given to whoever runs it; the others go into states. */
  readonly resultCount: number;
  readonly states: readonly StateWrites[];
};

/** What is under way: its reply is sent once the values are there. */
type Pending = { readonly id: number; readonly reads: readonly PendingRead[]; done(): void };

/** Runs that are enqueued before the first of them is waited for: more would only hold memory. */
const MOST_PENDING = 4;

function serve(port: MessagePort, plugin: Plugin, client: Client, closing: Int32Array): void {
  const programs = new Map<number, LoadedProgram>();
  const states = new Map<number, DeviceBuffer[]>();
  const pending: Pending[] = [];
  const reply = (message: Reply) => {
    const buffers =
      'values' in message ? message.values.map((x) => x.data.buffer as ArrayBuffer) : [];
    port.postMessage(message, [...new Set(buffers)]);
  };
  const fail = (id: number, error: unknown) => {
    reply({ id, error: error instanceof Error ? error.message : String(error) });
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
    const { compiled, resultCount, states: writes } = found(programs, program, 'program');
    const bound = ids.map((state) => found(states, state, 'state'));
    const given = inputs.map((value) => client.put(value));
    const outputs = compiled.execute([...bound.flat(), ...given]);
    for (const buffer of given) client.destroy(buffer);
    bound.forEach((leaves, i) => {
      for (const { leaf, output } of writes[i]!) {
        client.destroy(leaves[leaf]!);
        leaves[leaf] = outputs[output]!;
      }
    });
    const results = outputs.slice(0, resultCount);
    const reads = results.map((buffer) => client.read(buffer));
    pending.push({
      id,
      reads,
      done: () => {
        for (const buffer of results) client.destroy(buffer);
      },
    });
  }

  /** Waits for the first of the runs under way. */
  function settle(): void {
    const { id, reads, done } = pending.shift()!;
    try {
      reply({ id, values: reads.map((read) => read.wait()) });
    } catch (error) {
      fail(id, error);
    } finally {
      done();
    }
  }

  function handle(id: number, request: Exclude<Request, { kind: 'close' }>): void {
    if (Atomics.load(closing, 0) === 1) throw new Error('the device is closed');
    switch (request.kind) {
      case 'describe': {
        const version = `PJRT ${plugin.version} (${client.platform})`;
        reply({ id, runtime: { kind: 'xla', version } });
        break;
      }
      case 'load': {
        const { program, text, results, updates, states: writes } = request;
        const compiled = client.compile(text, [...results, ...updates], {});
        programs.set(program, { compiled, resultCount: results.length, states: writes });
        const { memory } = compiled;
        const peakBytes = memory
          ? memory.argumentBytes + memory.outputBytes - memory.aliasBytes + memory.temporaryBytes
          : null;
        reply({ id, peakBytes });
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
            client.put(
              isNdArray(leaf) ? leaf : { ...leaf, data: allocate(leaf.dtype, sizeOf(leaf.shape)) },
            ),
          ),
        );
        reply({ id, values: [] });
        break;
      case 'readState': {
        const leaves = found(states, request.state, 'state');
        const values = leaves.map((leaf) => client.read(leaf)).map((read): NdArray => read.wait());
        reply({ id, values });
        break;
      }
      case 'dropState':
        for (const leaf of found(states, request.state, 'state')) client.destroy(leaf);
        states.delete(request.state);
        reply({ id, values: [] });
        break;
    }
  }

  /** Ends the thread: native code that still held buffers would take the process with it. */
  function close(): void {
    while (pending.length > 0) settle();
    for (const leaf of [...states.values()].flat()) client.destroy(leaf);
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
          fail(next.id, error);
        }
      }
      const queued = pending.length < MOST_PENDING ? receiveMessageOnPort(port) : undefined;
      next = queued?.message as Envelope | undefined;
      if (!next && pending.length > 0) settle();
    }
  });
}

/** A client of one device: that of a CPU would make four of it. */
function openOneDevice(plugin: Plugin, options: WorkerData['clientOptions']): Client {
  const client = openClient(plugin, options);
  if (client.platform !== 'cpu' || client.devices.length === 1) return client;
  client.close();
  return openClient(plugin, { ...options, cpu_device_count: 1 });
}

if (parentPort) {
  const { plugin: file, clientOptions, closing } = workerData as WorkerData;
  const plugin = openPlugin(await loadNative(), file);
  serve(parentPort, plugin, openOneDevice(plugin, clientOptions), closing);
}
