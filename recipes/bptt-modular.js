// The network of smt-modular, with as many parameters, sequences and steps, unrolled.

import { unrolled } from './unrolled.mjs';

/** @type {import('primordia/training').RecipeInput} */
export default unrolled('smt-modular', 1900);
