// What JSON.parse passes over in silence: a key that an object has twice.

/**
 * The first key that one object of a JSON document has twice; undefined where none does.
 *
 * @param text a valid JSON document
 */
export function findRepeatedKey(text: string): string | undefined {
  // One set per open object, null per open list.
  const open: (Set<string> | null)[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;
  for (const [found, colon] of text.matchAll(token)) {
    if (found === '{') open.push(new Set());
    else if (found === '[') open.push(null);
    else if (found === '}' || found === ']') open.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(found.slice(0, -colon.length)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
