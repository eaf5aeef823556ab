// The network of smt-tiny, with as many parameters, sequences and steps, unrolled.

import { unrolled } from './unrolled.mjs';

/** @type {import('primordia/training').RecipeInput} */
export default unrolled('smt-tiny', 380);
