// The parameters of a Llama model where the device can use them.

import type { ArraySpec } from '../core/index.ts';
import type { LlamaParams } from '../nn/index.ts';
import type { DeviceState } from '../tensor/index.ts';

/** A model's parameters on a device: `device.createState<LlamaParams<ArraySpec>>(params)`. */
export type LlamaState = DeviceState<LlamaParams<ArraySpec>>;
