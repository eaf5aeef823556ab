// The network of smt-copy, with as many parameters, sequences and steps, unrolled.

import { unrolled } from './unrolled.mjs';

/** @type {import('primordia/training').RecipeInput} */
export default unrolled('smt-copy', 1900);
