// ONNX models as bytes: the few protobuf messages of onnx.proto that a static graph needs.

import type { NdArray, Shape } from '../../../core/index.ts';

/** ONNX element types; `uint32` exists only inside of graphs. */
export type OnnxType = NdArray['dtype'] | 'uint32';

const TYPE_CODES: Record<OnnxType, number> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
  uint32: 12,
  bfloat16: 16,
};

export function onnxTypeCode(type: OnnxType): number {
  return TYPE_CODES[type];
}

/** A float attribute (a plain number is an integer attribute). */
type OnnxFloat = { readonly float: number };
/** A graph inside a node, such as the body of a loop. */
type OnnxSubgraph = { readonly graph: OnnxGraph };
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | OnnxFloat
  | OnnxSubgraph
  | NdArray;

export type OnnxNode = {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
};

/** A constant. */
export type OnnxArray = Pick<NdArray, 'shape' | 'data'> & { readonly dtype: OnnxType };

type OnnxValue = { readonly name: string; readonly dtype: OnnxType; readonly shape: Shape };

export type OnnxGraph = {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly { readonly name: string; readonly value: OnnxArray }[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
};

const IR_VERSION = 10;
const OPSET = 20;

/** The model's bytes, with the default operator set and onnxruntime's contributed one. */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  const out = new Writer();
  out.integer(1, IR_VERSION);
  out.text(2, 'primordia');
  out.message(7, (w) => writeGraph(w, graph));
  for (const [domain, version] of [
    ['', OPSET],
    ['com.microsoft', 1],
  ] as const) {
    out.message(8, (w) => {
      w.text(1, domain);
      w.integer(2, version);
    });
  }
  return out.finish();
}

function writeGraph(out: Writer, graph: OnnxGraph): void {
  for (const node of graph.nodes) out.message(1, (w) => writeNode(w, node));
  out.text(2, 'graph');
  for (const { name, value } of graph.initializers) {
    out.message(5, (w) => {
      writeTensor(w, value);
      w.text(8, name);
    });
  }
  for (const value of graph.inputs) out.message(11, (w) => writeValue(w, value));
  for (const value of graph.outputs) out.message(12, (w) => writeValue(w, value));
}

function writeNode(out: Writer, node: OnnxNode): void {
  for (const name of node.inputs) out.text(1, name);
  for (const name of node.outputs) out.text(2, name);
  out.text(3, node.outputs[0]!);
  out.text(4, node.op);
  for (const [name, value] of Object.entries(node.attributes)) {
    out.message(5, (w) => writeAttribute(w, name, value));
  }
  if (node.domain !== '') out.text(7, node.domain);
}

function writeAttribute(out: Writer, name: string, value: OnnxAttribute): void {
  out.text(1, name);
  if (typeof value === 'number') {
    out.integer(3, value);
    out.integer(20, 2);
  } else if (typeof value === 'string') {
    out.text(4, value);
    out.integer(20, 3);
  } else if (isList(value)) {
    for (const item of value) out.integer(8, item);
    out.integer(20, 7);
  } else if ('float' in value) {
    out.float(2, value.float);
    out.integer(20, 1);
  } else if ('graph' in value) {
    out.message(6, (w) => writeGraph(w, value.graph));
    out.integer(20, 5);
  } else {
    out.message(5, (w) => writeTensor(w, value));
    out.integer(20, 4);
  }
}

function isList(value: OnnxAttribute): value is readonly number[] {
  return Array.isArray(value);
}

function writeTensor(out: Writer, value: OnnxArray): void {
  for (const size of value.shape) out.integer(1, size);
  out.integer(2, TYPE_CODES[value.dtype]);
  const { buffer, byteOffset, byteLength } = value.data;
  out.bytes(9, new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
}

function writeValue(out: Writer, value: OnnxValue): void {
  out.text(1, value.name);
  out.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, TYPE_CODES[value.dtype]);
      tensor.message(2, (shape) => {
        for (const size of value.shape) shape.message(1, (dim) => dim.integer(1, size));
      });
    }),
  );
}

/**
 * Protobuf wire format: varints (0), 32-bit (5) and length-delimited (2) fields, in one buffer that grows. Models have many small
 * fields, and compiling one waits for them.
 */
class Writer {
  private buffer = new Uint8Array(1 << 16);
  private view = new DataView(this.buffer.buffer);
  private length = 0;
  private readonly encoder = new TextEncoder();

  /** Makes room for more bytes. */
  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.buffer.length));
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
    this.view = new DataView(larger.buffer);
  }

  private varint(value: number): void {
    this.reserve(10);
    if (value >= 0 && value < 2 ** 31) {
      let rest = value;
      while (rest >= 128) {
        this.buffer[this.length++] = (rest & 127) | 128;
        rest >>>= 7;
      }
      this.buffer[this.length++] = rest;
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= 128n) {
      this.buffer[this.length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.buffer[this.length++] = Number(rest);
  }

  integer(field: number, value: number): void {
    this.varint(field * 8);
    this.varint(value);
  }

  float(field: number, value: number): void {
    this.varint(field * 8 + 5);
    this.reserve(4);
    this.view.setFloat32(this.length, value, true);
    this.length += 4;
  }

  bytes(field: number, value: Uint8Array): void {
    this.varint(field * 8 + 2);
    this.varint(value.length);
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  text(field: number, value: string): void {
    this.message(field, () => {
      this.reserve(3 * value.length);
      const { written } = this.encoder.encodeInto(value, this.buffer.subarray(this.length));
      this.length += written;
    });
  }

  /** What `write` writes, as a field of its own. */
  message(field: number, write: (inner: Writer) => void): void {
    this.varint(field * 8 + 2);
    // Room for a length of one byte, which most have; before a longer one, the content moves.
    this.reserve(1);
    const start = ++this.length;
    write(this);
    const end = this.length;
    let width = 1;
    for (let rest = end - start; rest >= 128; rest >>>= 7) width++;
    this.reserve(10);
    if (width > 1) this.buffer.copyWithin(start + width - 1, start, end);
    this.length = start - 1;
    this.varint(end - start);
    this.length = end + width - 1;
  }

  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}
