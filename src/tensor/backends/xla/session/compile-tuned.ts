// Compiling with the options that a program needs, where the plugin knows them.

import type { Compile } from './create-compile.ts';
import { PjrtError } from './plugin.ts';

type Flags = Readonly<Record<string, boolean | number | string>>;

/** What makes programs fast, by platform. */
const FAST: Readonly<Record<string, Flags>> = {
  // Products by YNNPACK instead of Eigen.
  cpu: { xla_cpu_experimental_ynn_fusion_type: 'LIBRARY_FUSION_TYPE_DOT' },
};

/** A run resumes to the same bits. On a CPU all operations are deterministic as they are. */
const DETERMINISTIC: Flags = { xla_gpu_deterministic_ops: true };

/** Otherwise XLA would keep a float32 where the program rounds to bfloat16 and back, and the memory with it. */
const ROUNDING: Flags = { xla_allow_excess_precision: false };

/** Flags of XLA come and go with its versions: what the plugin refuses of these is left out from then on. */
export function createTunedCompile(platform: string, compile: Compile): Compile {
  const refused = new Set<string>();
  return (text, outputs, options) => {
    const wanted = {
      ...FAST[platform],
      ...(platform === 'cpu' ? {} : DETERMINISTIC),
      ...(text.includes('xbf16>') ? ROUNDING : {}),
    };
    for (;;) {
      const known = Object.entries(wanted).filter(([name]) => !refused.has(name));
      const flags = { ...options.flags, ...Object.fromEntries(known) };
      try {
        return compile(text, outputs, { ...options, flags });
      } catch (error) {
        const name = known.map(([flag]) => flag).find((flag) => isAbout(error, flag));
        if (name === undefined) throw error;
        refused.add(name);
      }
    }
  };
}

function isAbout(error: unknown, flag: string): boolean {
  return error instanceof PjrtError && error.message.includes(flag);
}
