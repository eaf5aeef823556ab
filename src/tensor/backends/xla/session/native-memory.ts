// Memory that native code reads and writes: never on V8's heap, which moves things, and alive as long as what points to it.

import type koffi from 'koffi';
import { type Field, type FieldKind, placeFields } from './pjrt-layout.ts';

/** What a field may point to. */
export type Target = NativeMemory | ArrayBufferView | bigint | null;

/** A block of zeroed memory, and what it points to. */
export class NativeMemory {
  readonly bytes: Buffer;
  /** Held so that the garbage collector leaves it alone. */
  private readonly targets: Target[] = [];
  private readonly native: typeof koffi;

  constructor(native: typeof koffi, size: number) {
    this.native = native;
    // Small typed arrays may lie on V8's heap; a buffer of its own does not.
    this.bytes = Buffer.from(new ArrayBuffer(Math.max(8, size)));
  }

  point(offset: number, target: Target): void {
    this.bytes.writeBigUInt64LE(addressOf(this.native, target), offset);
    this.targets.push(target);
  }

  /** Keeps alive what was written into the block by other means. */
  hold(target: Target): void {
    this.targets.push(target);
  }

  pointerAt(offset: number): bigint {
    return this.bytes.readBigUInt64LE(offset);
  }
}

function addressOf(native: typeof koffi, target: Target): bigint {
  if (target === null) return 0n;
  if (typeof target === 'bigint') return target;
  return BigInt(native.address(target instanceof NativeMemory ? target.bytes : target));
}

/** A plugin refuses a struct that is shorter than its own and accepts a longer one, so all get room for fields to come. */
const ROOM = 256;

/** A struct of PJRT's, its fields set by name. */
export class NativeStruct extends NativeMemory {
  private readonly places: Readonly<Record<string, Field>>;

  /** @param exact makes it no longer than its fields: arrays of structs are walked by their size */
  constructor(
    native: typeof koffi,
    fields: Readonly<Record<string, FieldKind>>,
    values: Readonly<Record<string, Target | number | boolean>> = {},
    exact = false,
  ) {
    const { places, size } = placeFields(fields);
    const given = exact ? size : ROOM;
    super(native, given);
    this.places = places;
    this.bytes.writeBigUInt64LE(BigInt(given), 0);
    for (const [name, value] of Object.entries(values)) this.set(name, value);
  }

  offsetOf(name: string): number {
    return this.placeOf(name).offset;
  }

  set(name: string, value: Target | number | boolean): void {
    const { kind, offset } = this.placeOf(name);
    if (kind === 'pointer') this.point(offset, value as Target);
    else if (kind === 'int32') this.bytes.writeInt32LE(Number(value), offset);
    else if (kind === 'bool') this.bytes.writeUInt8(value ? 1 : 0, offset);
    else this.bytes.writeBigInt64LE(BigInt(value as number), offset);
  }

  pointer(name: string): bigint {
    return this.pointerAt(this.placeOf(name).offset);
  }

  number(name: string): number {
    const { kind, offset } = this.placeOf(name);
    if (kind === 'int32') return this.bytes.readInt32LE(offset);
    return Number(this.bytes.readBigInt64LE(offset));
  }

  boolean(name: string): boolean {
    return this.bytes.readUInt8(this.placeOf(name).offset) !== 0;
  }

  private placeOf(name: string): Field {
    const place = this.places[name];
    if (!place) throw new Error(`the struct has no field '${name}'`);
    return place;
  }
}
