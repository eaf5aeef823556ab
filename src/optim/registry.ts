// The optimizers that come with the package.

import { adamw } from './adamw.ts';
import type { OptimizerRegistry } from './optimizer.ts';

/** The optimizers that come with the package, by kind. */
export const OPTIMIZERS = { adamw } as const satisfies OptimizerRegistry;
export type OptimizerKind = keyof typeof OPTIMIZERS;
