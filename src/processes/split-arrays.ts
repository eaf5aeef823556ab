// Messages with arrays in them, as plain data and the bytes of the arrays.

const ARRAYS = {
  Float32Array,
  Float64Array,
  Int32Array,
  BigInt64Array,
  Uint8Array,
  Uint16Array,
  Uint32Array,
} as const;

type ArrayName = keyof typeof ARRAYS;

/** Stands in the plain data for the array of that number. */
type Placeholder = { readonly $array: number; readonly type: ArrayName };

export type SplitMessage = {
  /** What JSON can have. */
  readonly plain: unknown;
  readonly bodies: readonly Uint8Array[];
};

/** Takes the typed arrays out of a message of plain objects, lists, texts, numbers and booleans. Nothing is copied. */
export function splitArrays(message: unknown): SplitMessage {
  const bodies: Uint8Array[] = [];
  const split = (value: unknown): unknown => {
    if (ArrayBuffer.isView(value)) {
      const type = value.constructor.name;
      if (!Object.hasOwn(ARRAYS, type)) throw new Error(`a ${type} cannot be sent`);
      bodies.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength) as Uint8Array);
      return { $array: bodies.length - 1, type };
    }
    if (Array.isArray(value)) return value.map(split);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, split(item)]));
  };
  return { plain: split(message), bodies };
}

/**
 * Puts arrays back.
 *
 * @param bodies each at the beginning of a buffer of its own
 */
export function joinArrays({ plain, bodies }: SplitMessage): unknown {
  const join = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(join);
    if (typeof value !== 'object' || value === null) return value;
    if ('$array' in value) {
      const { $array, type } = value as Placeholder;
      const { buffer, byteLength } = bodies[$array]!;
      return new ARRAYS[type](
        buffer as ArrayBuffer,
        0,
        byteLength / ARRAYS[type].BYTES_PER_ELEMENT,
      );
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, join(item)]));
  };
  return join(plain);
}
