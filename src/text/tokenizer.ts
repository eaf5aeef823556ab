// The contract of a tokenizer, and the text that stands for the end of a document.

/** How the end-of-text token is written, in GPT-2's vocabulary and in ours. */
export const END_OF_TEXT = '<|endoftext|>';

/** Text to token ids and back. Ids are 0..vocabSize-1. */
export type Tokenizer = {
  readonly vocabSize: number;
  /** The id that separates documents. */
  readonly endOfText: number;
  /**
   * Token ids of `text`. The end-of-text token's own spelling becomes its id, as in Hugging Face
   * tokenizers. Lone surrogates become U+FFFD.
   */
  encode(text: string): Int32Array;
  /** Text of ids. Never throws: bytes that are not UTF-8, and ids out of place, become U+FFFD. */
  decode(ids: ArrayLike<number>): string;
  /** The object of a Hugging Face tokenizer.json that gives the same ids. */
  toJson(): unknown;
};
