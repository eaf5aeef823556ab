// What JSON.parse passes over in silence: a key that an object has twice.

/**
 * The first key that one object of a JSON document has twice; undefined if none does.
 *
 * @param text a valid JSON document
 */
export function findRepeatedKey(text: string): string | undefined {
  // One set per open object, null per open list.
  const open: (Set<string> | null)[] = [];
  // By hand: a regular expression for strings exhausts the stack on long ones.
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(null);
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = endOfString(text, i);
      const keys = open.at(-1);
      if (keys && isFollowedByColon(text, end)) {
        const key = JSON.parse(text.slice(i, end)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      i = end - 1;
    }
  }
  return undefined;
}

/** The position after the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

function isFollowedByColon(text: string, position: number): boolean {
  let i = position;
  while (i < text.length && ' \t\n\r'.includes(text[i]!)) i++;
  return text[i] === ':';
}
