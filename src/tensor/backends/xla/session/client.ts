// A client of a plugin: its devices, compiled programs and arrays in their memory.

import { type ArraySpec, allocate, type NdArray, sizeOf } from '../../../../core/index.ts';
import { type CompileOptions, encodeCompileOptions } from '../compile-options.ts';
import type { KeyValueFunctions } from './key-value-thread.ts';
import { NativeMemory, NativeStruct } from './native-memory.ts';
import { BUFFER_TYPES, STRUCTS } from './pjrt-layout.ts';
import { namedValues, type Plugin } from './plugin.ts';

/** An array in a device's memory. What a program was given to overwrite must still be destroyed. */
export type DeviceBuffer = { readonly address: bigint; readonly spec: ArraySpec };

/** A copy to the host that is under way. */
export type PendingRead = { wait(): NdArray };

export type MemoryFigures = {
  readonly argumentBytes: number;
  readonly outputBytes: number;
  /** Of the outputs, what lies in the memory of arguments. */
  readonly aliasBytes: number;
  readonly temporaryBytes: number;
};

/** Of a device, bytes. */
export type DeviceMemory = { readonly limit: number; readonly inUse: number };

export type CompiledProgram = {
  readonly memory: MemoryFigures | null;
  /**
   * Begins a run.
   *
   * @param inputs for each device, in order
   * @returns for each device the outputs, which can be read and passed on before the run has ended
   */
  execute(inputs: readonly (readonly DeviceBuffer[])[]): DeviceBuffer[][];
  /** What `load` makes a program of again; null where the plugin cannot. */
  serialize(): Uint8Array | null;
  destroy(): void;
};

export type ProcessDevice = { readonly id: number; readonly process: number };

export type Client = {
  readonly platform: string;
  /** What each device of this process is: the product's name of a GPU, or `cpu`. */
  readonly devices: readonly string[];
  /** All devices, of other processes too, by process: their numbers in the plugin. */
  readonly allDevices: readonly ProcessDevice[];
  /** @param outputs as one device has them */
  compile(text: string, outputs: readonly ArraySpec[], options: CompileOptions): CompiledProgram;
  /**
   * A program as it was serialized by the same plugin on the same kind of device.
   *
   * @throws PjrtError where the plugin refuses it
   */
  load(
    serialized: Uint8Array,
    outputs: readonly ArraySpec[],
    memory: MemoryFigures | null,
  ): CompiledProgram;
  /** Memory of the first device, where the plugin knows it. */
  memory(): DeviceMemory | null;
  /** Copies an array to a device; it may be changed afterwards. */
  put(value: NdArray, device: number): DeviceBuffer;
  /** Begins to copy an array from the device. */
  read(buffer: DeviceBuffer): PendingRead;
  destroy(buffer: DeviceBuffer): void;
  close(): void;
};

/** Before the function returns, the array has been copied or is not needed any more. */
const IMMUTABLE_ONLY_DURING_CALL = 0;

/**
 * Opens the devices of a plugin.
 *
 * @param functions of a store, where several processes share their devices
 * @throws PjrtError where it finds none
 */
export function openClient(
  plugin: Plugin,
  options: Readonly<Record<string, string | number | boolean>>,
  functions: Required<KeyValueFunctions> | null = null,
): Client {
  const { call, native, pointers } = plugin;
  const count = Object.keys(options).length;
  const client = call('Client_Create', {
    create_options: count === 0 ? null : namedValues(native, options),
    num_options: count,
    ...(functions && {
      kv_get_callback: functions.get,
      kv_put_callback: functions.put,
      kv_try_get_callback: functions.tryGet,
    }),
  }).pointer('client');
  const text = (
    name: 'Client_PlatformName' | 'DeviceDescription_Kind',
    values: Readonly<Record<string, bigint>>,
    field: string,
  ) => {
    const made = call(name, values);
    const size = made.number(`${field}_size`);
    return size === 0 ? '' : plugin.read(made.pointer(field), size).toString('utf8');
  };
  const listDevices = (name: 'Client_AddressableDevices' | 'Client_Devices', field: string) => {
    const listed = call(name, { client });
    const table = plugin.read(listed.pointer(field), 8 * listed.number(`num_${field}`));
    return Array.from({ length: table.length / 8 }, (_, i) => table.readBigUInt64LE(8 * i));
  };
  const describe = (device: bigint) =>
    call('Device_GetDescription', { device }).pointer('device_description');
  const place = (device: bigint): ProcessDevice => {
    const values = { device_description: describe(device) };
    return {
      id: call('DeviceDescription_Id', values).number('id'),
      process: call('DeviceDescription_ProcessIndex', values).number('process_index'),
    };
  };
  const byId = (list: readonly bigint[]) =>
    list.map((device) => ({ device, ...place(device) })).sort((a, b) => a.id - b.id);
  const devices = byId(listDevices('Client_AddressableDevices', 'addressable_devices')).map(
    ({ device }) => device,
  );
  const awaitEvent = (event: bigint) => {
    if (event === 0n) return;
    try {
      call('Event_Await', { event });
    } finally {
      call('Event_Destroy', { event });
    }
  };
  return {
    platform: text('Client_PlatformName', { client }, 'platform_name'),
    devices: devices.map((device) => {
      const values = { device_description: describe(device) };
      return text('DeviceDescription_Kind', values, 'device_kind');
    }),
    allDevices: byId(listDevices('Client_Devices', 'devices'))
      .map(({ id, process }) => ({ id, process }))
      .sort((a, b) => a.process - b.process || a.id - b.id),
    compile: (code, outputs, compileOptions) =>
      compileProgram(plugin, client, code, outputs, compileOptions),
    load(serialized, outputs, memory) {
      const bytes = new NativeMemory(native, serialized.length);
      bytes.bytes.set(serialized);
      const loaded = call('Executable_DeserializeAndLoad', {
        client,
        serialized_executable: bytes,
        serialized_executable_size: serialized.length,
      }).pointer('loaded_executable');
      return openProgram(loaded, outputs, memory);
    },
    memory() {
      try {
        const stats = call('Device_MemoryStats', { device: devices[0]! });
        if (!stats.boolean('bytes_limit_is_set')) return null;
        return { limit: stats.number('bytes_limit'), inUse: stats.number('bytes_in_use') };
      } catch {
        // Not every plugin knows it.
        return null;
      }
    },
    put({ dtype, shape, data }, device) {
      const dims = new NativeMemory(native, 8 * shape.length);
      shape.forEach((size, i) => {
        dims.bytes.writeBigInt64LE(BigInt(size), 8 * i);
      });
      const made = call('Client_BufferFromHostBuffer', {
        client,
        // An array without elements has no address.
        data: data.byteLength === 0 ? new NativeMemory(native, 8) : stableView(data),
        type: BUFFER_TYPES[dtype],
        dims,
        num_dims: shape.length,
        host_buffer_semantics: IMMUTABLE_ONLY_DURING_CALL,
        device: devices[device]!,
      });
      awaitEvent(made.pointer('done_with_host_buffer'));
      return { address: made.pointer('buffer'), spec: { dtype, shape } };
    },
    read({ address, spec }) {
      const data = allocate(spec.dtype, sizeOf(spec.shape));
      const size = data.byteLength;
      if (size === 0) return { wait: () => ({ ...spec, data }) };
      const host = new NativeMemory(native, size);
      const made = call('Buffer_ToHostBuffer', { src: address, dst: host, dst_size: size });
      const event = made.pointer('event');
      return {
        wait() {
          awaitEvent(event);
          new Uint8Array(data.buffer, data.byteOffset, size).set(host.bytes.subarray(0, size));
          return { ...spec, data };
        },
      };
    },
    destroy({ address }) {
      call('Buffer_Destroy', { buffer: address });
    },
    close() {
      call('Client_Destroy', { client });
    },
  };

  /** Small arrays may lie on V8's heap, which moves them. */
  function stableView(data: NdArray['data']): ArrayBufferView {
    if (data.byteLength > 1024) return data;
    const copy = new NativeMemory(native, data.byteLength);
    copy.bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return copy.bytes;
  }

  function compileProgram(
    { call, native }: Plugin,
    owner: bigint,
    code: string,
    outputs: readonly ArraySpec[],
    compileOptions: CompileOptions,
  ): CompiledProgram {
    const source = Buffer.from(code);
    const format = Buffer.from('mlir');
    const options = encodeCompileOptions(compileOptions);
    const loaded = call('Client_Compile', {
      client: owner,
      program: new NativeStruct(native, STRUCTS.Program, {
        code: source,
        code_size: source.length,
        format,
        format_size: format.length,
      }),
      compile_options: Buffer.from(options),
      compile_options_size: options.length,
    }).pointer('executable');
    return openProgram(loaded, outputs);
  }

  /** @param known memory figures of a program that was loaded */
  function openProgram(
    loaded: bigint,
    outputs: readonly ArraySpec[],
    known: MemoryFigures | null = null,
  ): CompiledProgram {
    const executable = call('LoadedExecutable_GetExecutable', {
      loaded_executable: loaded,
    }).pointer('executable');
    const made = call('Executable_NumOutputs', { executable }).number('num_outputs');
    if (made !== outputs.length) {
      throw new Error(`the compiled program has ${made} outputs instead of ${outputs.length}`);
    }
    const executeOptions = new NativeStruct(native, STRUCTS.ExecuteOptions);
    return {
      memory: known ?? readMemory(executable),
      execute(inputs) {
        const results = inputs.map(() => new NativeMemory(native, 8 * outputs.length));
        call('LoadedExecutable_Execute', {
          executable: loaded,
          options: executeOptions,
          argument_lists: pointers(
            inputs.map((list) => pointers(list.map(({ address }) => address))),
          ),
          num_devices: inputs.length,
          num_args: inputs[0]!.length,
          output_lists: pointers(results),
          device_complete_events: null,
        });
        return results.map((list) =>
          outputs.map((spec, i) => ({ address: list.pointerAt(8 * i), spec })),
        );
      },
      serialize: () => serialize(executable),
      destroy() {
        call('Executable_Destroy', { executable });
        call('LoadedExecutable_Destroy', { executable: loaded });
      },
    };
  }

  function serialize(executable: bigint): Uint8Array | null {
    try {
      const made = call('Executable_Serialize', { executable });
      const size = made.number('serialized_bytes_size');
      const bytes = Uint8Array.from(plugin.read(made.pointer('serialized_bytes'), size));
      const owner = made.pointer('serialized_executable');
      plugin.release(made.pointer('serialized_executable_deleter'), owner);
      return bytes;
    } catch {
      // Not every plugin can.
      return null;
    }
  }

  function readMemory(executable: bigint): MemoryFigures | null {
    try {
      const figures = call('Executable_GetCompiledMemoryStats', { executable });
      return {
        argumentBytes: figures.number('argument_size_in_bytes'),
        outputBytes: figures.number('output_size_in_bytes'),
        aliasBytes: figures.number('alias_size_in_bytes'),
        temporaryBytes: figures.number('temp_size_in_bytes'),
      };
    } catch {
      // Not every plugin knows them.
      return null;
    }
  }
}
