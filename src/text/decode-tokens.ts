// Text from tokens that stand for bytes.

const REPLACEMENT = Uint8Array.of(0xef, 0xbf, 0xbd);

/**
 * Decodes ids by `tokenBytes` (the bytes of each id). Bytes that are not UTF-8 and ids without
 * bytes become U+FFFD; a byte order mark is kept.
 */
export function decodeTokens(
  tokenBytes: readonly (Uint8Array | undefined)[],
  ids: ArrayLike<number>,
): string {
  let length = 0;
  for (let i = 0; i < ids.length; i++) length += (tokenBytes[ids[i]!] ?? REPLACEMENT).length;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (let i = 0; i < ids.length; i++) {
    const token = tokenBytes[ids[i]!] ?? REPLACEMENT;
    bytes.set(token, offset);
    offset += token.length;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
