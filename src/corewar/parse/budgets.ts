// How much a source may ask of the assembler. Warriors stay far below; a hostile source is told which limit it meets.

/** Bytes or UTF-16 units of a source: 256 KiB. */
export const MAX_SOURCE = 1 << 18;

/** Lines of a source. */
export const MAX_LINES = 20_000;

/** UTF-16 units of a line of code; comments may be longer. */
export const MAX_LINE = 8192;

/**
 * Work beyond reading the source once: lines that FOR repeats, and pieces that EQU and FOR put in, each counted as one
 * and one more per 8 units of text.
 */
export const MAX_WORK = 200_000;

/** EQUs within EQUs. */
export const MAX_EQUATE_DEPTH = 200;

/** Parentheses and assignments within one another. */
export const MAX_EXPRESSION_DEPTH = 200;

/** FOR blocks within one another. */
export const MAX_LOOP_DEPTH = 64;

/** Labels of one instruction, as in pMARS. */
export const MAX_LABELS = 7;

/** Diagnostics that are kept; the rest is counted. */
export const MAX_DIAGNOSTICS = 100;
