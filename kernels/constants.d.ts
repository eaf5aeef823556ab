// Constants that the compiler is given: scripts/build-kernels.mjs.

/** Bits of a field in a cell of kernels/mars. */
declare const FIELD_BITS: i32;
