// The boundary between text from outside and a terminal.

import { escapeControlCharacters } from '../core/index.ts';

/** Writes text for people; control characters, which a terminal would obey, are escaped. */
export function writeText(stream: Pick<NodeJS.WriteStream, 'write'>, text: string): void {
  if (text !== '') stream.write(escapeControlCharacters(text));
}
