// A PJRT plugin: a shared library that compiles StableHLO and runs it.

import { existsSync } from 'node:fs';
import type koffi from 'koffi';
import { UserError } from '../../../../core/index.ts';
import { NativeMemory, NativeStruct, type Target } from './native-memory.ts';
import {
  API_HEAD,
  CALLS,
  type CallName,
  ERROR_CODES,
  type ErrorCode,
  type FieldKind,
  functionOffset,
  placeFields,
  STRUCTS,
} from './pjrt-layout.ts';

/** What a plugin says went wrong. */
export class PjrtError extends Error {
  readonly code: ErrorCode | undefined;

  constructor(code: ErrorCode | undefined, message: string) {
    super(`${code ?? 'unknown error'}: ${message}`);
    this.code = code;
  }
}

/** The oldest version of PJRT 0 that was tried. */
const OLDEST_MINOR = 81;

export type PluginAttributes = Readonly<
  Record<string, string | number | boolean | readonly number[]>
>;

/** An opened plugin, which stays loaded until the process ends. */
export type Plugin = {
  readonly native: typeof koffi;
  /** `0.115` */
  readonly version: string;
  readonly attributes: PluginAttributes;
  /**
   * Calls a function of the plugin and gives its arguments back, in which it has written results.
   *
   * @throws PjrtError where it fails
   */
  call(name: CallName, values: Readonly<Record<string, Target | number | boolean>>): NativeStruct;
  /** The bytes at an address. */
  read(address: bigint, size: number): Buffer;
  /** Calls a function at an address that gives something back to the plugin. */
  release(address: bigint, thing: bigint): void;
  /** A list of pointers. */
  pointers(targets: readonly Target[]): NativeMemory;
};

/**
 * Loads a plugin.
 *
 * @param file path of the shared library
 * @throws UserError where the file is not a library that can be loaded here, or not a plugin of a supported version
 */
export function openPlugin(native: typeof koffi, file: string): Plugin {
  const table = loadTable(native, file);
  const read = (address: bigint, size: number) =>
    Buffer.from(native.view(address as never, size) as ArrayBuffer);
  const head = read(table, API_HEAD.bytes);
  const size = Number(head.readBigUInt64LE(API_HEAD.size));
  const [major, minor] = [head.readInt32LE(API_HEAD.major), head.readInt32LE(API_HEAD.minor)];
  const version = `${major}.${minor}`;
  requireVersion(file, major, minor);
  const prototype = native.proto('uintptr_t (void *arguments)');
  const functions = new Map<CallName, ReturnType<typeof native.decode>>();
  const functionOf = (name: CallName) => {
    const known = functions.get(name);
    if (known) return known;
    const offset = functionOffset(CALLS[name].slot);
    if (offset + 8 > size) {
      throw new UserError(`${file} has version ${version} of PJRT, which has no ${name}`, {
        hint: NEWER_PLUGIN,
      });
    }
    const address = read(table + BigInt(offset), 8).readBigUInt64LE(0);
    const found = native.decode(address as never, prototype);
    functions.set(name, found);
    return found;
  };
  /** Arguments of calls under way: an object that no code reads any more is collected, though native code reads it. */
  const busy = new Set<NativeStruct>();
  const invoke = (name: CallName, values: Readonly<Record<string, Target | number | boolean>>) => {
    const fields: Readonly<Record<string, FieldKind>> = CALLS[name].fields;
    const made = new NativeStruct(native, fields, values);
    busy.add(made);
    try {
      return { made, error: BigInt(functionOf(name)(made.bytes)) };
    } finally {
      busy.delete(made);
    }
  };
  const call: Plugin['call'] = (name, values) => {
    const { made, error } = invoke(name, values);
    if (error !== 0n) throw readError(error);
    return made;
  };
  const readError = (error: bigint) => {
    const { made: text } = invoke('Error_Message', { error });
    const message = read(text.pointer('message'), text.number('message_size')).toString('utf8');
    const { made: coded } = invoke('Error_GetCode', { error });
    invoke('Error_Destroy', { error });
    return new PjrtError(ERROR_CODES[coded.number('code')], message);
  };
  call('Plugin_Initialize', {});
  const attributes = readAttributes(read, call('Plugin_Attributes', {}));
  const pointers = (targets: readonly Target[]) => {
    const list = new NativeMemory(native, 8 * targets.length);
    targets.forEach((target, i) => {
      list.point(8 * i, target);
    });
    return list;
  };
  const releaser = native.proto('void (void *thing)');
  const release = (address: bigint, thing: bigint) => {
    native.decode(address as never, releaser)(thing);
  };
  return { native, version, attributes, call, read, release, pointers };
}

const NEWER_PLUGIN = 'install a newer plugin: primordia devices install cpu, or cuda';

/** Fields and functions are appended while the major version stays. */
function requireVersion(file: string, major: number, minor: number): void {
  const found = `${file} has version ${major}.${minor} of PJRT`;
  if (major > 0) {
    throw new UserError(`${found}, newer than 0.x, which is supported`, {
      hint: 'install a newer version of primordia, or an older plugin',
    });
  }
  if (major === 0 && minor >= OLDEST_MINOR) return;
  throw new UserError(`${found}, older than 0.${OLDEST_MINOR}, the oldest supported`, {
    hint: NEWER_PLUGIN,
  });
}

function loadTable(native: typeof koffi, file: string): bigint {
  if (!existsSync(file)) {
    throw new UserError(`there is no file ${file}`, {
      hint: 'primordia devices lists the plugins that are found; xla:PATH names one by its path',
    });
  }
  let library: ReturnType<typeof native.load>;
  try {
    library = native.load(file, { lazy: true });
  } catch (error) {
    throw new UserError(`${file} does not load: ${(error as Error).message}`, {
      hint: 'a PJRT plugin for this system is needed: primordia devices install cpu, or cuda',
    });
  }
  keepLoaded(native, file);
  try {
    return BigInt(library.func('uintptr_t GetPjrtApi()')());
  } catch {
    throw new UserError(`${file} is not a PJRT plugin: it exports no GetPjrtApi`, {
      hint: 'primordia devices lists the plugins that are found; xla:PATH names one by its path',
    });
  }
}

const RTLD_LAZY = 1;

/**
 * Opens a library once more, for good. What koffi loads is unloaded when the thread ends, and plugins leave code to be called at
 * the end of the process: 0.115 crashes there unless it has compiled something.
 */
function keepLoaded(native: typeof koffi, file: string): void {
  if (process.platform === 'win32') return;
  native.load(null).func('void *dlopen(const char *file, int mode)')(file, RTLD_LAZY);
}

const NAMED_VALUE_BYTES = placeFields(STRUCTS.NamedValue).size;
const [STRING, INT64, INT64_LIST, FLOAT, BOOL] = [0, 1, 2, 3, 4];

function readAttributes(read: Plugin['read'], listed: NativeStruct): PluginAttributes {
  const count = listed.number('num_attributes');
  if (count === 0) return {};
  const memory = read(listed.pointer('attributes'), NAMED_VALUE_BYTES * count);
  const { places } = placeFields(STRUCTS.NamedValue);
  const entries = Array.from({ length: count }, (_, i) => {
    const at = (field: string) => i * NAMED_VALUE_BYTES + places[field]!.offset;
    const pointer = (field: string) => memory.readBigUInt64LE(at(field));
    const number = (field: string) => Number(memory.readBigInt64LE(at(field)));
    const name = read(pointer('name'), number('name_size')).toString('utf8');
    switch (memory.readInt32LE(at('type'))) {
      case STRING:
        return [name, read(pointer('value'), number('value_size')).toString('utf8')];
      case INT64:
        return [name, number('value')];
      case INT64_LIST: {
        const length = number('value_size');
        const list = read(pointer('value'), 8 * length);
        return [name, Array.from({ length }, (_, k) => Number(list.readBigInt64LE(8 * k)))];
      }
      case FLOAT:
        return [name, memory.readFloatLE(at('value'))];
      default:
        return [name, memory.readUInt8(at('value')) !== 0];
    }
  });
  return Object.fromEntries(entries);
}

/** Options of a client as a list of named values. */
export function namedValues(
  native: typeof koffi,
  options: Readonly<Record<string, string | number | boolean>>,
): NativeMemory {
  const entries = Object.entries(options);
  const list = new NativeMemory(native, NAMED_VALUE_BYTES * entries.length);
  entries.forEach(([name, value], i) => {
    const text = Buffer.from(name);
    const own = { name: text, name_size: text.length, value_size: 1 };
    const entry = new NativeStruct(native, STRUCTS.NamedValue, own, true);
    const place = entry.offsetOf('value');
    if (typeof value === 'string') {
      const data = Buffer.from(value);
      entry.point(place, data);
      entry.set('value_size', data.length);
      entry.set('type', STRING!);
      list.hold(data);
    } else if (typeof value === 'boolean') {
      entry.bytes.writeUInt8(value ? 1 : 0, place);
      entry.set('type', BOOL!);
    } else if (Number.isInteger(value)) {
      entry.set('value', value);
      entry.set('type', INT64!);
    } else {
      entry.bytes.writeFloatLE(value, place);
      entry.set('type', FLOAT!);
    }
    entry.bytes.copy(list.bytes, i * NAMED_VALUE_BYTES);
    list.hold(entry);
  });
  return list;
}
