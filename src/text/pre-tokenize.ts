// Pre-tokenization: cutting text into the words inside which byte pairs may merge.

// GPT-2's pattern. `\s` is JavaScript's: it takes U+FEFF and leaves U+0085, where Unicode's
// White_Space has it the other way round.
const WORD = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

const CHUNK_LENGTH = 1 << 16;
/** The regular expression engine's stack ends at a few million characters of one class. */
const MAX_RUN_LENGTH = 1 << 20;

/**
 * Words of `text`, in order; joined they are the text. They come in chunks, which bounds the memory
 * that a large document takes. Over a million characters without an end of a word before a space
 * are cut.
 * Source: the pattern of `encoder.py`, Radford et al. (2019).
 */
export function* preTokenize(text: string): Generator<readonly string[]> {
  let start = 0;
  while (start < text.length) {
    const end = findChunkEnd(text, start);
    yield text.slice(start, end).match(WORD) ?? [];
    start = end;
  }
}

function findChunkEnd(text: string, start: number): number {
  const from = start + CHUNK_LENGTH;
  const limit = from + MAX_RUN_LENGTH;
  if (from >= text.length) return text.length;
  // No word runs from non-space into space, so a cut there changes no word on either side.
  const cut = text.slice(from, limit).search(/\S\s/);
  if (cut >= 0) return from + cut + 1;
  if (limit >= text.length) return text.length;
  const unit = text.charCodeAt(limit);
  const insidePair = unit >= 0xdc00 && unit <= 0xdfff;
  return insidePair ? limit - 1 : limit;
}
