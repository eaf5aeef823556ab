// The network of smt-stack, with as many parameters, sequences and steps, unrolled.

import { unrolled } from './unrolled.mjs';

/** @type {import('primordia/training').RecipeInput} */
export default unrolled('smt-stack', 1900);
