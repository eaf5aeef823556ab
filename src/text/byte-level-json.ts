// Byte-level vocabularies as Hugging Face tokenizer.json objects.

/** A byte-level BPE vocabulary. Tokens are spelled in GPT-2's byte alphabet. */
export type ByteLevelVocabulary = {
  /** Ids of the ordinary tokens by spelling; all 256 bytes are among them. */
  readonly vocabulary: ReadonlyMap<string, number>;
  /** Pairs that merge, the first learned first. The joined spelling is a token of the vocabulary. */
  readonly merges: readonly (readonly [string, string])[];
  readonly endOfText: { readonly id: number; readonly content: string };
};

/**
 * The tokenizer.json object of a vocabulary, laid out as GPT-2's.
 * Format: https://huggingface.co/docs/tokenizers, version "1.0".
 */
export function byteLevelJson({ vocabulary, merges, endOfText }: ByteLevelVocabulary): unknown {
  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: true,
  };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: endOfText.id,
        content: endOfText.content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: { ...byteLevel, trim_offsets: false },
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries([...vocabulary, [endOfText.content, endOfText.id]]),
      merges: merges.map(([left, right]) => `${left} ${right}`),
    },
  };
}
