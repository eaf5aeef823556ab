// Where things lie in PJRT's C interface (xla/pjrt/c/pjrt_c_api.h). Fields and functions are only ever appended there, so what
// is listed holds for every plugin of major version 0 that has them; a test compares the list with a header.

/** How a field lies in memory. Sizes and enumerations are unsigned and signed integers of C. */
export type FieldKind = 'pointer' | 'size' | 'int64' | 'int32' | 'bool';

const KIND_BYTES: Readonly<Record<FieldKind, number>> = {
  pointer: 8,
  size: 8,
  int64: 8,
  int32: 4,
  bool: 1,
};

type Fields = Readonly<Record<string, FieldKind>>;

const PLACE_OF_FUNCTIONS = 40;

type CallDefinition = {
  /** Its place in the table of functions. */
  readonly slot: number;
  /** Fields of its arguments, behind the two that all begin with. */
  readonly fields: Fields;
};

function call<F extends Fields>(
  slot: number,
  fields: F,
): { readonly slot: number; readonly fields: F } {
  return { slot, fields } satisfies CallDefinition;
}

/** The functions in use, and their arguments; those that a function writes come last. */
export const CALLS = {
  Error_Destroy: call(0, { error: 'pointer' }),
  Error_Message: call(1, { error: 'pointer', message: 'pointer', message_size: 'size' }),
  Error_GetCode: call(2, { error: 'pointer', code: 'int32' }),
  Plugin_Initialize: call(3, {}),
  Plugin_Attributes: call(4, { attributes: 'pointer', num_attributes: 'size' }),
  Event_Destroy: call(5, { event: 'pointer' }),
  Event_Await: call(8, { event: 'pointer' }),
  Client_Create: call(10, {
    create_options: 'pointer',
    num_options: 'size',
    kv_get_callback: 'pointer',
    kv_get_user_arg: 'pointer',
    kv_put_callback: 'pointer',
    kv_put_user_arg: 'pointer',
    client: 'pointer',
    kv_try_get_callback: 'pointer',
    kv_try_get_user_arg: 'pointer',
  }),
  Client_Destroy: call(11, { client: 'pointer' }),
  Client_PlatformName: call(12, {
    client: 'pointer',
    platform_name: 'pointer',
    platform_name_size: 'size',
  }),
  Client_Devices: call(15, { client: 'pointer', devices: 'pointer', num_devices: 'size' }),
  Client_AddressableDevices: call(16, {
    client: 'pointer',
    addressable_devices: 'pointer',
    num_addressable_devices: 'size',
  }),
  Client_Compile: call(20, {
    client: 'pointer',
    program: 'pointer',
    compile_options: 'pointer',
    compile_options_size: 'size',
    executable: 'pointer',
  }),
  Client_BufferFromHostBuffer: call(22, {
    client: 'pointer',
    data: 'pointer',
    type: 'int32',
    dims: 'pointer',
    num_dims: 'size',
    byte_strides: 'pointer',
    num_byte_strides: 'size',
    host_buffer_semantics: 'int32',
    device: 'pointer',
    memory: 'pointer',
    device_layout: 'pointer',
    done_with_host_buffer: 'pointer',
    buffer: 'pointer',
  }),
  DeviceDescription_Id: call(23, { device_description: 'pointer', id: 'int32' }),
  DeviceDescription_ProcessIndex: call(24, {
    device_description: 'pointer',
    process_index: 'int32',
  }),
  DeviceDescription_Kind: call(26, {
    device_description: 'pointer',
    device_kind: 'pointer',
    device_kind_size: 'size',
  }),
  Device_GetDescription: call(29, { device: 'pointer', device_description: 'pointer' }),
  Device_MemoryStats: call(34, {
    device: 'pointer',
    bytes_in_use: 'int64',
    peak_bytes_in_use: 'int64',
    peak_bytes_in_use_is_set: 'bool',
    num_allocs: 'int64',
    num_allocs_is_set: 'bool',
    largest_alloc_size: 'int64',
    largest_alloc_size_is_set: 'bool',
    bytes_limit: 'int64',
    bytes_limit_is_set: 'bool',
  }),
  Executable_Destroy: call(40, { executable: 'pointer' }),
  Executable_NumOutputs: call(44, { executable: 'pointer', num_outputs: 'size' }),
  Executable_Serialize: call(49, {
    executable: 'pointer',
    serialized_bytes: 'pointer',
    serialized_bytes_size: 'size',
    serialized_executable: 'pointer',
    serialized_executable_deleter: 'pointer',
  }),
  LoadedExecutable_Destroy: call(50, { executable: 'pointer' }),
  LoadedExecutable_GetExecutable: call(51, { loaded_executable: 'pointer', executable: 'pointer' }),
  LoadedExecutable_Execute: call(55, {
    executable: 'pointer',
    options: 'pointer',
    argument_lists: 'pointer',
    num_devices: 'size',
    num_args: 'size',
    output_lists: 'pointer',
    device_complete_events: 'pointer',
    execute_device: 'pointer',
  }),
  Executable_DeserializeAndLoad: call(56, {
    client: 'pointer',
    serialized_executable: 'pointer',
    serialized_executable_size: 'size',
    loaded_executable: 'pointer',
  }),
  Buffer_Destroy: call(58, { buffer: 'pointer' }),
  Buffer_ToHostBuffer: call(70, {
    src: 'pointer',
    host_layout: 'pointer',
    dst: 'pointer',
    dst_size: 'size',
    event: 'pointer',
  }),
  Executable_GetCompiledMemoryStats: call(96, {
    executable: 'pointer',
    generated_code_size_in_bytes: 'int64',
    argument_size_in_bytes: 'int64',
    output_size_in_bytes: 'int64',
    alias_size_in_bytes: 'int64',
    temp_size_in_bytes: 'int64',
    host_generated_code_size_in_bytes: 'int64',
    host_argument_size_in_bytes: 'int64',
    host_output_size_in_bytes: 'int64',
    host_alias_size_in_bytes: 'int64',
    host_temp_size_in_bytes: 'int64',
    peak_memory_in_bytes: 'int64',
  }),
} as const satisfies Record<string, CallDefinition>;

export type CallName = keyof typeof CALLS;

/** What arguments point to. */
export const STRUCTS = {
  NamedValue: {
    name: 'pointer',
    name_size: 'size',
    type: 'int32',
    value: 'int64',
    value_size: 'size',
  },
  Program: { code: 'pointer', code_size: 'size', format: 'pointer', format_size: 'size' },
  ExecuteOptions: {
    send_callbacks: 'pointer',
    recv_callbacks: 'pointer',
    num_send_ops: 'size',
    num_recv_ops: 'size',
    launch_id: 'int32',
    non_donatable_input_indices: 'pointer',
    num_non_donatable_input_indices: 'size',
    context: 'pointer',
  },
  /** What the plugin gives to functions of ours: those of the key-value store. */
  KeyValueGetCallback_Args: {
    key: 'pointer',
    key_size: 'size',
    timeout_in_ms: 'int32',
    callback_error: 'pointer',
    user_arg: 'pointer',
    value: 'pointer',
    value_size: 'size',
    value_deleter_callback: 'pointer',
  },
  KeyValueTryGetCallback_Args: {
    key: 'pointer',
    key_size: 'size',
    callback_error: 'pointer',
    user_arg: 'pointer',
    value: 'pointer',
    value_size: 'size',
    value_deleter_callback: 'pointer',
  },
  KeyValuePutCallback_Args: {
    key: 'pointer',
    key_size: 'size',
    value: 'pointer',
    value_size: 'size',
    callback_error: 'pointer',
    user_arg: 'pointer',
  },
} as const satisfies Record<string, Fields>;

export type Field = { readonly kind: FieldKind; readonly offset: number };

/** Offsets of fields, aligned as C does, behind `struct_size` and `extension_start`. */
export function placeFields(fields: Fields): {
  readonly places: Readonly<Record<string, Field>>;
  /** Bytes up to the end of the last field. */
  readonly size: number;
} {
  let size = 16;
  const places: Record<string, Field> = {
    struct_size: { kind: 'size', offset: 0 },
    extension_start: { kind: 'pointer', offset: 8 },
  };
  for (const [name, kind] of Object.entries(fields)) {
    const bytes = KIND_BYTES[kind];
    const offset = Math.ceil(size / bytes) * bytes;
    places[name] = { kind, offset };
    size = offset + bytes;
  }
  return { places, size };
}

/** Where the address of a function lies in the table that `GetPjrtApi` gives. */
export function functionOffset(slot: number): number {
  return PLACE_OF_FUNCTIONS + 8 * slot;
}

/** Of the table: its size, and the version of the interface. */
export const API_HEAD = { size: 0, major: 32, minor: 36, bytes: PLACE_OF_FUNCTIONS } as const;

/** `PJRT_Buffer_Type` of element types. */
export const BUFFER_TYPES = {
  bool: 1,
  int32: 4,
  int64: 5,
  float32: 11,
  float64: 12,
  bfloat16: 13,
} as const;

/** `PJRT_Error_Code`, as gRPC numbers them. */
export const ERROR_CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];
