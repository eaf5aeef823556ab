// XLA's CompileOptionsProto (xla/pjrt/proto/compile_options.proto), as bytes.

export type CompileOptions = {
  /** Devices that one program is spread over. */
  readonly partitions?: number;
  /** Their numbers, where processes share them; by default from 0. */
  readonly deviceIds?: readonly number[];
  /** Debug options of XLA by their names, such as `xla_gpu_deterministic_ops`; for this program alone. */
  readonly flags?: Readonly<Record<string, boolean | number | string>>;
};

/** Numbers of fields. */
const OPTIONS = { buildOptions: 3, overrides: 7 } as const;
const BUILD = {
  deviceOrdinal: 1,
  replicas: 4,
  partitions: 5,
  useSpmdPartitioning: 6,
  deviceAssignment: 9,
  useShardyPartitioner: 19,
} as const;
const ASSIGNMENT = { replicas: 1, computations: 2, devices: 3 } as const;

export function encodeCompileOptions({
  partitions = 1,
  deviceIds = Array.from({ length: partitions }, (_, device) => device),
  flags = {},
}: CompileOptions): Uint8Array {
  const isSpread = partitions > 1;
  const assignment = [
    ...integer(ASSIGNMENT.replicas, 1),
    ...integer(ASSIGNMENT.computations, partitions),
    ...deviceIds.flatMap((device) => block(ASSIGNMENT.devices, block(1, varint(device)))),
  ];
  const build = [
    ...integer(BUILD.deviceOrdinal, -1),
    ...integer(BUILD.replicas, 1),
    ...integer(BUILD.partitions, partitions),
    ...(isSpread ? integer(BUILD.useSpmdPartitioning, 1) : []),
    ...block(BUILD.deviceAssignment, assignment),
    ...(isSpread ? integer(BUILD.useShardyPartitioner, 1) : []),
  ];
  const overrides = Object.entries(flags).flatMap(([name, value]) =>
    block(OPTIONS.overrides, [...text(1, name), ...block(2, overrideOf(value))]),
  );
  // A portable executable would need its device named at each run.
  return Uint8Array.from([...block(OPTIONS.buildOptions, build), ...overrides]);
}

/** An `OptionOverrideProto`. */
function overrideOf(value: boolean | number | string): number[] {
  if (typeof value === 'boolean') return integer(2, value ? 1 : 0);
  return typeof value === 'number' ? integer(3, value) : text(1, value);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

const integer = (field: number, value: number) => [...varint(field << 3), ...varint(value)];
const block = (field: number, bytes: readonly number[]) => [
  ...varint((field << 3) | 2),
  ...varint(bytes.length),
  ...bytes,
];
const text = (field: number, value: string) => block(field, [...new TextEncoder().encode(value)]);
