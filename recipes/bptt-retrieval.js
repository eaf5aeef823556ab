// The network of smt-retrieval, with as many parameters, sequences and steps, unrolled.

import { unrolled } from './unrolled.mjs';

/** @type {import('primordia/training').RecipeInput} */
export default unrolled('smt-retrieval', 1900);
