// Settings of the core as files hold them.

import { z } from 'zod';

const count = z.number().int().nonnegative();

export const coreSettingsSchema = z.strictObject({
  coreSize: count,
  maxCycles: count,
  maxProcesses: count,
  maxLength: count,
  minSeparation: count,
  pspaceSize: count,
  readLimit: count,
  writeLimit: count,
});
