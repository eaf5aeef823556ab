// zstd: libzstd as WebAssembly, out of the package zstddec.

import { ZSTDDecoder } from 'zstddec/stream';

// Neither ES2023 nor Node's types declare WebAssembly; this is the part of it that is used here.
declare const WebAssembly: {
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

type Exports = {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly malloc: (bytes: number) => number;
  readonly ZSTD_createDCtx: () => number;
  readonly ZSTD_DStreamOutSize: () => number;
  readonly ZSTD_decompressStream: (context: number, output: number, input: number) => number;
};

/**
 * zstddec does not look at error codes, so that damaged data keeps its own loop busy forever. What it is good for is the
 * WebAssembly, which it hands to this method.
 */
class ModuleLoader extends ZSTDDecoder {
  module: object | undefined;

  // It is called as a function.
  override _init = ({ module }: { readonly module: object }): void => {
    this.module = module;
  };
}

let loading: Promise<object> | undefined;

async function loadModule(): Promise<object> {
  const loader = new ModuleLoader();
  await loader.init();
  return loader.module!;
}

/** Input is copied in pieces of this size. */
const INPUT_BYTES = 2 ** 17;
/** An error code of libzstd is a small negative number. */
const ERROR_CODES = 0x1_0000_0000 - 200;
/** `ZSTD_inBuffer` and `ZSTD_outBuffer`: pointer, size, position. */
const BUFFER_BYTES = 12;

const REASONS: Readonly<Record<number, string>> = {
  10: 'unknown format',
  16: 'it needs more than 128 MiB of memory',
  20: 'its data is damaged',
  22: 'wrong checksum',
  32: 'it was compressed with a dictionary',
  64: 'not enough memory',
};

/**
 * Loads libzstd. What it resolves to decompresses frames, one after the other.
 *
 * @throws Error that says why it cannot
 */
export async function loadZstd(): Promise<(bytes: Uint8Array) => Generator<Uint8Array>> {
  loading ??= loadModule();
  const module = await loading;
  // An instance per call: its memory goes with it, whatever the data did.
  return (bytes) => decompressFrames(instantiate(module), bytes);
}

function instantiate(module: object): Exports {
  const env = { emscripten_notify_memory_growth: () => {} };
  return new WebAssembly.Instance(module, { env }).exports as unknown as Exports;
}

function* decompressFrames(zstd: Exports, bytes: Uint8Array): Generator<Uint8Array> {
  const context = zstd.ZSTD_createDCtx();
  const outputBytes = zstd.ZSTD_DStreamOutSize();
  const [input, output] = [zstd.malloc(INPUT_BYTES), zstd.malloc(outputBytes)];
  const buffers = zstd.malloc(2 * BUFFER_BYTES);
  if (!context || !input || !output || !buffers) throw new Error('not enough memory');
  let [inFrame, blocked, loadedBytes] = [true, false, 0];
  // The piece in memory is that before `loaded`, of which `rest` bytes are to be read.
  for (let loaded = 0, rest = 0; loaded < bytes.length || rest > 0 || blocked; ) {
    if (rest === 0) {
      const piece = bytes.subarray(loaded, loaded + INPUT_BYTES);
      new Uint8Array(zstd.memory.buffer).set(piece, input);
      [loaded, rest, loadedBytes] = [loaded + piece.length, piece.length, piece.length];
    }
    const view = new DataView(zstd.memory.buffer);
    setBuffer(view, buffers, input + loadedBytes - rest, rest);
    setBuffer(view, buffers + BUFFER_BYTES, output, outputBytes);
    const left = zstd.ZSTD_decompressStream(context, buffers + BUFFER_BYTES, buffers) >>> 0;
    if (left > ERROR_CODES) {
      const code = 0x1_0000_0000 - left;
      throw new Error(REASONS[code] ?? `error ${code} of libzstd`);
    }
    // Memory that has grown is another buffer.
    const after = new DataView(zstd.memory.buffer);
    rest -= after.getUint32(buffers + 8, true);
    const written = after.getUint32(buffers + BUFFER_BYTES + 8, true);
    if (written > 0) yield new Uint8Array(zstd.memory.buffer.slice(output, output + written));
    inFrame = left !== 0;
    blocked = inFrame && written === outputBytes;
  }
  if (inFrame) throw new Error('it ends early');
}

function setBuffer(view: DataView, at: number, pointer: number, size: number): void {
  view.setUint32(at, pointer, true);
  view.setUint32(at + 4, size, true);
  view.setUint32(at + 8, 0, true);
}
