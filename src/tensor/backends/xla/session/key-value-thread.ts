// A thread whose functions a plugin calls, from any of its own threads, to reach the store of a group of processes.

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type koffi from 'koffi';
import { askBlocking, type StoreAnswer } from '../../../../processes/index.ts';
import { loadNative } from './load-native.ts';
import { ERROR_CODES, type ErrorCode, placeFields, STRUCTS } from './pjrt-layout.ts';

/** Requests that wait for others have a thread of their own: what is asked of one thread is answered in turn. */
export type KeyValueThreadData = { readonly role: 'get' | 'other'; readonly port: MessagePort };

/** Addresses of functions, for the arguments of `PJRT_Client_Create`. */
export type KeyValueFunctions = {
  readonly get?: bigint;
  readonly tryGet?: bigint;
  readonly put?: bigint;
};

type ArgumentsName =
  | 'KeyValueGetCallback_Args'
  | 'KeyValueTryGetCallback_Args'
  | 'KeyValuePutCallback_Args';

const CODES: Readonly<Record<Extract<StoreAnswer, { error: string }>['error'], ErrorCode>> = {
  timeout: 'DEADLINE_EXCEEDED',
  missing: 'NOT_FOUND',
  full: 'RESOURCE_EXHAUSTED',
  absent: 'INTERNAL',
  lost: 'UNAVAILABLE',
};

/** Keeps the plugin's keys apart from ours. Keys are bytes. */
const keyOf = (bytes: Buffer) => `xla/${bytes.toString('latin1')}`;

function registerFunctions(
  native: typeof koffi,
  { role, port }: KeyValueThreadData,
): KeyValueFunctions {
  const system = native.load(null);
  const allocate = system.func('uintptr_t malloc(size_t size)');
  const freeAddress = BigInt(
    system.func('uintptr_t dlsym(void *handle, const char *name)')(null, 'free'),
  );
  const errorMaker = native.proto('uintptr_t (int code, const char *message, size_t size)');
  const view = (address: bigint, size: number) =>
    Buffer.from(native.view(address as never, size) as ArrayBuffer);

  /** The fields of what the plugin has passed. */
  const openArguments = (address: bigint, name: ArgumentsName) => {
    const { places, size } = placeFields(STRUCTS[name]);
    const memory = view(address, size);
    const offset = (field: string) => places[field]!.offset;
    const pointer = (field: string) => memory.readBigUInt64LE(offset(field));
    const bytes = (field: string) => {
      const length = Number(memory.readBigUInt64LE(offset(`${field}_size`)));
      return length === 0 ? Buffer.alloc(0) : Buffer.from(view(pointer(field), length));
    };
    return {
      bytes,
      int32: (field: string) => memory.readInt32LE(offset(field)),
      /** Gives bytes back, which the plugin frees. */
      give(value: Uint8Array) {
        const address = BigInt(allocate(Math.max(1, value.length)));
        if (value.length > 0) view(address, value.length).set(value);
        memory.writeBigUInt64LE(address, offset('value'));
        memory.writeBigUInt64LE(BigInt(value.length), offset('value_size'));
        memory.writeBigUInt64LE(freeAddress, offset('value_deleter_callback'));
      },
      /** An error of the plugin's. */
      fail(code: ErrorCode, message: string): bigint {
        const maker = view(pointer('callback_error'), 8).readBigUInt64LE(0);
        const make = native.decode(maker as never, errorMaker);
        return BigInt(make(ERROR_CODES.indexOf(code), message, Buffer.byteLength(message)));
      },
    };
  };

  /** The function's address. It must not throw: the plugin would take that for success. */
  const register = (
    name: ArgumentsName,
    ask: (given: ReturnType<typeof openArguments>) => StoreAnswer,
  ) => {
    const type = native.pointer(native.proto('uintptr_t (void *arguments)'));
    const answer = (address: bigint) => {
      const given = openArguments(address, name);
      const key = keyOf(given.bytes('key'));
      try {
        const result = ask(given);
        if ('error' in result) {
          const why = 'message' in result ? result.message : result.error;
          return given.fail(CODES[result.error], `the key ${JSON.stringify(key)}: ${why}`);
        }
        if (name !== 'KeyValuePutCallback_Args') given.give(result.value);
        return 0n;
      } catch (error) {
        return given.fail('INTERNAL', (error as Error).message);
      }
    };
    return native.address(native.register(answer, type)) as bigint;
  };

  if (role === 'get') {
    return {
      get: register('KeyValueGetCallback_Args', (given) => {
        const timeoutMs = given.int32('timeout_in_ms');
        return askBlocking(port, { op: 'get', key: keyOf(given.bytes('key')), timeoutMs });
      }),
    };
  }
  return {
    tryGet: register('KeyValueTryGetCallback_Args', (given) =>
      askBlocking(port, { op: 'tryGet', key: keyOf(given.bytes('key')) }),
    ),
    put: register('KeyValuePutCallback_Args', (given) =>
      askBlocking(port, {
        op: 'put',
        key: keyOf(given.bytes('key')),
        value: Uint8Array.from(given.bytes('value')),
      }),
    ),
  };
}

if (parentPort) {
  const port = parentPort;
  port.postMessage(registerFunctions(await loadNative(), workerData as KeyValueThreadData));
  // The thread lives for what the plugin asks.
  port.on('message', () => {});
}
