// A device that fails while it computes.

import { UserError } from '../core/index.ts';

/** The device failed: out of memory, lost, or its thread has ended. Programs and states on it are gone; what was saved is not. */
export class DeviceError extends UserError {}
