// Writing StableHLO text: values with their types, and the operations that lowerings are made of
// (https://openxla.org/stablehlo/spec).

import {
  bfloat16ToNumber,
  type DType,
  type NdArray,
  roundToBfloat16,
  type Shape,
  sizeOf,
} from '../../../core/index.ts';

/** Element types, as the text has them. */
export type ElementType = 'f32' | 'f64' | 'bf16' | 'i32' | 'i64' | 'ui32' | 'ui8' | 'i1';

const ELEMENT_TYPES: Readonly<Record<DType, ElementType>> = {
  float32: 'f32',
  float64: 'f64',
  bfloat16: 'bf16',
  int32: 'i32',
  int64: 'i64',
  bool: 'i1',
};

export function elementTypeOf(dtype: DType): ElementType {
  return ELEMENT_TYPES[dtype];
}

export type ValueType = { readonly element: ElementType; readonly shape: Shape };

/** A value of the program, by its name in the text. */
export type Value = ValueType & { readonly name: string };

/** `tensor<2x3xf32>` */
export function typeText({ element, shape }: ValueType): string {
  return `tensor<${[...shape, element].join('x')}>`;
}

const typesText = (values: readonly ValueType[]) => values.map(typeText).join(', ');
const listText = (numbers: readonly number[]) => `[${numbers.join(', ')}]`;
const namesText = (values: readonly Value[]) => values.map(({ name }) => name).join(', ');

/** Where operations are written to; blocks inside of operations have writers of their own. */
export type Writer = {
  readonly lines: string[];
  /** Shared by all blocks of a program, so that no name is there twice. */
  readonly names: { next: number };
  /** Constants of the block and of those around it, by their text. */
  readonly constants: Map<string, Value>;
};

export function createWriter(): Writer {
  return { lines: [], names: { next: 0 }, constants: new Map() };
}

/** A block inside of an operation: it sees the values around it. */
function writeInside(around: Writer): Writer {
  return { lines: [], names: around.names, constants: new Map(around.constants) };
}

export function newName(writer: Writer): string {
  return `%v${writer.names.next++}`;
}

/** Writes an operation of one result. */
function define(writer: Writer, text: string, type: ValueType): Value {
  const name = newName(writer);
  writer.lines.push(`${name} = ${text}`);
  return { name, element: type.element, shape: type.shape };
}

/** An operation on values of one type whose result has it too. */
export function elementwise(writer: Writer, operation: string, values: readonly Value[]): Value {
  const type = values[0]!;
  return define(writer, `stablehlo.${operation} ${namesText(values)} : ${typeText(type)}`, type);
}

export type Comparison = 'EQ' | 'NE' | 'GE' | 'GT' | 'LE' | 'LT';

export function compare(writer: Writer, direction: Comparison, a: Value, b: Value): Value {
  const type = { element: 'i1', shape: a.shape } as const;
  return define(
    writer,
    `stablehlo.compare ${direction}, ${namesText([a, b])} : (${typesText([a, b])}) -> ${typeText(type)}`,
    type,
  );
}

export function select(writer: Writer, condition: Value, yes: Value, no: Value): Value {
  return define(
    writer,
    `stablehlo.select ${namesText([condition, yes, no])} : ${typeText(condition)}, ${typeText(yes)}`,
    yes,
  );
}

/** An operation of one operand whose result has another type. */
function change(writer: Writer, text: string, x: Value, type: ValueType): Value {
  return define(writer, `${text} : (${typeText(x)}) -> ${typeText(type)}`, type);
}

export function convert(writer: Writer, x: Value, element: ElementType): Value {
  if (x.element === element) return x;
  return change(writer, `stablehlo.convert ${x.name}`, x, { element, shape: x.shape });
}

export function reshape(writer: Writer, x: Value, shape: Shape): Value {
  if (x.shape.length === shape.length && x.shape.every((size, i) => size === shape[i])) return x;
  return change(writer, `stablehlo.reshape ${x.name}`, x, { ...x, shape });
}

export function transpose(writer: Writer, x: Value, permutation: readonly number[]): Value {
  const shape = permutation.map((axis) => x.shape[axis]!);
  const text = `stablehlo.transpose ${x.name}, dims = ${listText(permutation)}`;
  return change(writer, text, x, { ...x, shape });
}

/** Stretches axes of size one and adds axes in front, as elementwise operations do. */
export function broadcast(writer: Writer, x: Value, shape: Shape): Value {
  if (x.shape.length === shape.length && x.shape.every((size, i) => size === shape[i])) return x;
  const offset = shape.length - x.shape.length;
  const dims = x.shape.map((_, i) => i + offset);
  return broadcastAlong(writer, x, shape, dims);
}

/** Axis i of `x` becomes axis `dims[i]` of the result. */
export function broadcastAlong(
  writer: Writer,
  x: Value,
  shape: Shape,
  dims: readonly number[],
): Value {
  const text = `stablehlo.broadcast_in_dim ${x.name}, dims = ${listText(dims)}`;
  return change(writer, text, x, { ...x, shape });
}

/** From `starts` on, up to but without `ends`. */
export function slice(
  writer: Writer,
  x: Value,
  starts: readonly number[],
  ends: readonly number[],
): Value {
  const ranges = starts.map((start, axis) => `${start}:${ends[axis]}`).join(', ');
  const shape = starts.map((start, axis) => ends[axis]! - start);
  return change(writer, `stablehlo.slice ${x.name} [${ranges}]`, x, { ...x, shape });
}

export function concatenate(
  writer: Writer,
  values: readonly Value[],
  axis: number,
  shape: Shape,
): Value {
  const type = { element: values[0]!.element, shape };
  return define(
    writer,
    `stablehlo.concatenate ${namesText(values)}, dim = ${axis} : (${typesText(values)}) -> ${typeText(type)}`,
    type,
  );
}

/** Zeros before and after along each axis. */
export function pad(
  writer: Writer,
  x: Value,
  low: readonly number[],
  high: readonly number[],
): Value {
  const zero = scalar(writer, x.element, 0);
  const shape = x.shape.map((size, axis) => low[axis]! + size + high[axis]!);
  const interior = x.shape.map(() => 0);
  const type = { ...x, shape };
  return define(
    writer,
    `stablehlo.pad ${x.name}, ${zero.name}, low = ${listText(low)}, high = ${listText(high)}, interior = ${listText(interior)} : (${typesText([x, zero])}) -> ${typeText(type)}`,
    type,
  );
}

export type Combination = 'add' | 'maximum' | 'minimum';

/** Combines the elements along axes, which are dropped. */
export function reduce(
  writer: Writer,
  x: Value,
  combination: Combination,
  axes: readonly number[],
): Value {
  const initial = neutral(writer, x.element, combination);
  const type = { ...x, shape: x.shape.filter((_, axis) => !axes.includes(axis)) };
  return define(
    writer,
    `stablehlo.reduce(${x.name} init: ${initial.name}) applies stablehlo.${combination} across dimensions = ${listText(axes)} : (${typesText([x, initial])}) -> ${typeText(type)}`,
    type,
  );
}

/** What changes nothing when it is combined with another. */
function neutral(writer: Writer, element: ElementType, combination: Combination): Value {
  if (combination === 'add') return scalar(writer, element, 0);
  const sign = combination === 'maximum' ? -1 : 1;
  switch (element) {
    case 'i32':
      return scalar(writer, element, sign > 0 ? 2 ** 31 - 1 : -(2 ** 31));
    case 'i64':
      return constant(writer, {
        dtype: 'int64',
        shape: [],
        data: BigInt64Array.of(sign > 0 ? 2n ** 63n - 1n : -(2n ** 63n)),
      });
    default:
      return scalar(writer, element, sign * Number.POSITIVE_INFINITY);
  }
}

/** The index of each element along an axis. */
export function iota(writer: Writer, element: ElementType, shape: Shape, axis: number): Value {
  const type = { element, shape };
  return define(writer, `stablehlo.iota dim = ${axis} : ${typeText(type)}`, type);
}

export type Contraction = {
  /** Axes that both have, in the order of the result's first axes. */
  readonly batch: readonly [readonly number[], readonly number[]];
  /** Axes that are summed over. */
  readonly contracted: readonly [readonly number[], readonly number[]];
  /** Of the result, in which sums are rounded only at their end; by default that of the operands. */
  readonly element?: ElementType;
};

/** Product summed over axes: batch axes, then the rest of `a`, then the rest of `b`. */
export function dotGeneral(
  writer: Writer,
  a: Value,
  b: Value,
  { batch, contracted, element = a.element }: Contraction,
): Value {
  const free = ({ shape }: Value, side: 0 | 1) =>
    shape.filter((_, axis) => !batch[side].includes(axis) && !contracted[side].includes(axis));
  const shape = [...batch[0].map((axis) => a.shape[axis]!), ...free(a, 0), ...free(b, 1)];
  const type = { element, shape };
  const batching =
    batch[0].length === 0 ? '' : `batching_dims = ${listText(batch[0])} x ${listText(batch[1])}, `;
  // Whole float32 products where a device could take fewer bits.
  const precision = a.element === 'bf16' ? 'DEFAULT' : 'HIGHEST';
  return define(
    writer,
    `stablehlo.dot_general ${a.name}, ${b.name}, ${batching}contracting_dims = ${listText(contracted[0])} x ${listText(contracted[1])}, precision = [${precision}, ${precision}] : (${typesText([a, b])}) -> ${typeText(type)}`,
    type,
  );
}

/**
 * Slices `[…, ...sizes of the other axes]` of `x` at `indices [n, axes]`, which name a place on the first axes: rows of a
 * matrix for one axis, elements for two. Indices outside are moved to the nearest inside.
 */
export function gather(writer: Writer, x: Value, indices: Value): Value {
  const [count, axes] = indices.shape as [number, number];
  const rest = x.shape.slice(axes);
  const collapsed = Array.from({ length: axes }, (_, axis) => axis);
  const offsets = rest.map((_, i) => i + 1);
  const type = { ...x, shape: [count, ...rest] };
  const sizes = [...collapsed.map(() => 1), ...rest];
  return define(
    writer,
    `"stablehlo.gather"(${namesText([x, indices])}) <{dimension_numbers = #stablehlo.gather<offset_dims = ${listText(offsets)}, collapsed_slice_dims = ${listText(collapsed)}, start_index_map = ${listText(collapsed)}, index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: ${sizes.join(', ')}>}> : (${typesText([x, indices])}) -> ${typeText(type)}`,
    type,
  );
}

/** Adds `updates [n, …]` to `x` at `indices [n, axes]`, as `gather` names places; those outside are left out. */
export function scatterAdd(writer: Writer, x: Value, indices: Value, updates: Value): Value {
  const axes = indices.shape[1]!;
  const inserted = Array.from({ length: axes }, (_, axis) => axis);
  const windows = updates.shape.slice(1).map((_, i) => i + 1);
  const scalarType = typeText({ element: x.element, shape: [] });
  const [a, b, sum] = [newName(writer), newName(writer), newName(writer)];
  return define(
    writer,
    `"stablehlo.scatter"(${namesText([x, indices, updates])}) <{indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = ${listText(windows)}, inserted_window_dims = ${listText(inserted)}, scatter_dims_to_operand_dims = ${listText(inserted)}, index_vector_dim = 1>, unique_indices = false}> ({
^bb0(${a}: ${scalarType}, ${b}: ${scalarType}):
${sum} = stablehlo.add ${a}, ${b} : ${scalarType}
stablehlo.return ${sum} : ${scalarType}
}) : (${typesText([x, indices, updates])}) -> ${typeText(x)}`,
    x,
  );
}

/** Running sums along an axis, from the first element on or from the last. */
export function cumulativeSum(writer: Writer, x: Value, axis: number, reverse: boolean): Value {
  const zero = scalar(writer, x.element, 0);
  const scalarType = typeText({ element: x.element, shape: [] });
  const size = x.shape[axis]!;
  const sizes = x.shape.map((_, i) => (i === axis ? size : 1));
  const padding = x.shape.map((_, i) => {
    if (i !== axis) return '[0, 0]';
    return reverse ? `[0, ${size - 1}]` : `[${size - 1}, 0]`;
  });
  const [a, b, sum] = [newName(writer), newName(writer), newName(writer)];
  return define(
    writer,
    `"stablehlo.reduce_window"(${namesText([x, zero])}) <{padding = dense<[${padding.join(', ')}]> : tensor<${x.shape.length}x2xi64>, window_dimensions = array<i64: ${sizes.join(', ')}>}> ({
^bb0(${a}: ${scalarType}, ${b}: ${scalarType}):
${sum} = stablehlo.add ${a}, ${b} : ${scalarType}
stablehlo.return ${sum} : ${scalarType}
}) : (${typesText([x, zero])}) -> ${typeText(x)}`,
    x,
  );
}

/** Of `x [n, …]` the entry at `index` (a scalar) of the first axis, which is dropped. */
export function entryAt(writer: Writer, x: Value, index: Value): Value {
  const zero = scalar(writer, index.element, 0);
  const places = [index, ...x.shape.slice(1).map(() => zero)];
  const sizes = [1, ...x.shape.slice(1)];
  const type = { ...x, shape: sizes };
  const entry = define(
    writer,
    `stablehlo.dynamic_slice ${namesText([x, ...places])}, sizes = ${listText(sizes)} : (${typesText([x, ...places])}) -> ${typeText(type)}`,
    type,
  );
  return reshape(writer, entry, x.shape.slice(1));
}

/** `x [n, …]` with `entry` at `index` of the first axis. */
export function withEntry(writer: Writer, x: Value, entry: Value, index: Value): Value {
  const zero = scalar(writer, index.element, 0);
  const places = [index, ...x.shape.slice(1).map(() => zero)];
  const update = reshape(writer, entry, [1, ...entry.shape]);
  const values = [x, update, ...places];
  return define(
    writer,
    `stablehlo.dynamic_update_slice ${namesText(values)} : (${typesText(values)}) -> ${typeText(x)}`,
    x,
  );
}

/**
 * A loop over `carry` as long as a condition holds.
 *
 * @param condition writes what decides whether there is another step
 * @param step writes a step and gives the next carry, in the same types
 */
export function loopWhile(
  writer: Writer,
  carry: readonly Value[],
  condition: (inside: Writer, carry: readonly Value[]) => Value,
  step: (inside: Writer, carry: readonly Value[]) => readonly Value[],
): Value[] {
  const entries = carry.map((value): Value => ({ ...value, name: newName(writer) }));
  const [test, body] = [writeInside(writer), writeInside(writer)];
  const decided = condition(test, entries);
  const next = step(body, entries);
  const result = newName(writer);
  const bindings = entries.map(({ name }, i) => `${name} = ${carry[i]!.name}`).join(', ');
  writer.lines.push(
    `${result}${carry.length === 1 ? '' : `:${carry.length}`} = stablehlo.while(${bindings}) : ${typesText(carry)}`,
    'cond {',
    ...test.lines,
    `stablehlo.return ${decided.name} : ${typeText(decided)}`,
    '} do {',
    ...body.lines,
    `stablehlo.return ${namesText(next)} : ${typesText(next)}`,
    '}',
  );
  return carry.map((value, i) => ({
    ...value,
    name: carry.length === 1 ? result : `${result}#${i}`,
  }));
}

/**
 * A kernel of the plugin's own, on arrays with their last axis first in memory.
 *
 * @param config what the kernel is told, as JSON
 */
export function customCall(
  writer: Writer,
  target: string,
  operands: readonly Value[],
  results: readonly ValueType[],
  config: object,
): Value[] {
  const layouts = (values: readonly ValueType[]) =>
    values.map(({ shape: { length } }) => {
      const order = Array.from({ length }, (_, i) => length - 1 - i);
      return `dense<${listText(order)}> : tensor<${length}xindex>`;
    });
  const attributes = [
    'api_version = 2 : i32',
    // Twice: a text that holds JSON.
    `backend_config = ${JSON.stringify(JSON.stringify(config))}`,
    `operand_layouts = [${layouts(operands).join(', ')}]`,
    `result_layouts = [${layouts(results).join(', ')}]`,
  ];
  const name = newName(writer);
  writer.lines.push(
    `${name}:${results.length} = stablehlo.custom_call @${target}(${namesText(operands)}) {${attributes.join(', ')}} : (${typesText(operands)}) -> (${typesText(results)})`,
  );
  return results.map(({ element, shape }, i) => ({ name: `${name}#${i}`, element, shape }));
}

/** The same values, none of which is used before all of them are there. */
export function barrier(writer: Writer, values: readonly Value[]): Value[] {
  const result = newName(writer);
  writer.lines.push(
    `${result}:${values.length} = stablehlo.optimization_barrier ${namesText(values)} : ${typesText(values)}`,
  );
  return values.map((value, i) => ({ ...value, name: `${result}#${i}` }));
}

/** A constant; equal small ones are shared. */
export function constant(writer: Writer, value: NdArray): Value {
  const type = { element: elementTypeOf(value.dtype), shape: value.shape };
  if (isRange(value)) return iota(writer, type.element, type.shape, 0);
  return writeConstant(writer, type, literalOf(value));
}

/** A scalar constant. */
export function scalar(writer: Writer, element: ElementType, value: number): Value {
  return writeConstant(writer, { element, shape: [] }, numberText(element, value));
}

/** One number everywhere. */
export function splat(writer: Writer, type: ValueType, value: number): Value {
  return writeConstant(writer, type, numberText(type.element, value));
}

/** Whether it counts from 0: ids of a vocabulary would be most of the text. */
function isRange({ dtype, shape, data }: NdArray): boolean {
  if (shape.length !== 1 || data.length < 2 || dtype === 'bool' || dtype === 'bfloat16')
    return false;
  return (data as Float64Array).every((value, i) => Number(value) === i);
}

const LARGEST_SHARED = 256;

function writeConstant(writer: Writer, type: ValueType, literal: string): Value {
  const text = `stablehlo.constant dense<${literal}> : ${typeText(type)}`;
  const key = text.length <= LARGEST_SHARED ? text : undefined;
  const known = key === undefined ? undefined : writer.constants.get(key);
  if (known) return known;
  const made = define(writer, text, type);
  if (key !== undefined) writer.constants.set(key, made);
  return made;
}

/** Floats by their bits, so that none is rounded on the way through decimals. */
function numberText(element: ElementType, value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  switch (element) {
    case 'f32':
      view.setFloat32(0, value);
      return `0x${view.getUint32(0).toString(16).toUpperCase().padStart(8, '0')}`;
    case 'f64':
      view.setFloat64(0, value);
      return `0x${view.getBigUint64(0).toString(16).toUpperCase().padStart(16, '0')}`;
    case 'bf16':
      view.setFloat32(0, roundToBfloat16(value));
      return `0x${view.getUint16(0).toString(16).toUpperCase().padStart(4, '0')}`;
    case 'i1':
      return value === 0 ? 'false' : 'true';
    default:
      return `${value}`;
  }
}

/** What stands inside of `dense<…>`. */
function literalOf({ dtype, shape, data }: NdArray): string {
  const element = elementTypeOf(dtype);
  if (data.length === 1) {
    const value = data[0] as number;
    return numberText(element, element === 'bf16' ? bfloat16ToNumber(value) : value);
  }
  if (data.length === 0) return '';
  if (element === 'i1') {
    const bits = Array.from(data as Uint8Array, (bit) => numberText('i1', bit));
    return nested(bits, shape);
  }
  // In little-endian order, as the typed arrays of every machine that runs Node are.
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return `"0x${bytes.toString('hex').toUpperCase()}"`;
}

/** `[[a, b], [c, d]]` */
function nested(elements: readonly string[], shape: Shape): string {
  if (shape.length === 0) return elements[0]!;
  const size = sizeOf(shape.slice(1));
  const parts = Array.from({ length: shape[0]! }, (_, i) =>
    nested(elements.slice(i * size, (i + 1) * size), shape.slice(1)),
  );
  return `[${parts.join(', ')}]`;
}
