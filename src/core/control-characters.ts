// Text from outside (models, warriors, servers, file names) may hold control characters, which a terminal obeys.

/**
 * C0 and C1 controls, DEL, line separators, and the marks that reorder what is read (bidirectional embeddings, overrides
 * and isolates). Tab, line feed, and a carriage return before a line feed are layout.
 */
const CONTROL_CHARACTERS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\r(?!\n)/g;

/**
 * Text that a terminal only shows: each control character as `\xHH` or `\uHHHH`. Tabs and line ends stay.
 *
 * @example `\u001b[31mred` → `\x1b[31mred`, with a backslash
 */
export function escapeControlCharacters(text: string): string {
  return text.replace(CONTROL_CHARACTERS, (character) => {
    const code = character.charCodeAt(0);
    return code < 256
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Text without control characters: a space in place of each; all line ends become line feeds. Tabs stay. */
export function stripControlCharacters(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(CONTROL_CHARACTERS, ' ');
}
