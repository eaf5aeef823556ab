import fc from 'fast-check';

const LARGEST = 0x10ffff;
/** Halves of surrogate pairs, which are no characters. */
const SURROGATES = { first: 0xd800, count: 2 ** 11 };

/**
 * A character of any kind, every third one ASCII: a unit of `fc.string`. fast-check's own unit 'binary' takes a second to make, in
 * every worker.
 */
export const anyCharacter: fc.Arbitrary<string> = fc
  .oneof(fc.nat(0x7f), { arbitrary: fc.nat(LARGEST - SURROGATES.count), weight: 2 })
  .map((i) => String.fromCodePoint(i < SURROGATES.first ? i : i + SURROGATES.count));
