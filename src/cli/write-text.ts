// The boundary between text that may come from outside and a terminal.

import { escapeControlCharacters } from '../core/index.ts';

/** Writes text for people; control characters in it, which a terminal would obey, are shown instead. */
export function writeText(stream: Pick<NodeJS.WriteStream, 'write'>, text: string): void {
  if (text !== '') stream.write(escapeControlCharacters(text));
}
