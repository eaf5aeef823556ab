// The training algorithms that come with the package.

import type { AlgorithmRegistry } from './algorithm.ts';
import { evolution } from './evolution.ts';
import { nextToken } from './next-token/next-token.ts';
import { dmt } from './smt/dmt.ts';
import { smt } from './smt/smt.ts';

/** The training algorithms that come with the package, by kind. */
export const ALGORITHMS = {
  'next-token': nextToken,
  smt,
  dmt,
  evolution,
} as const satisfies AlgorithmRegistry;
export type AlgorithmKind = keyof typeof ALGORITHMS;
