// A response's body, never more of it than asked for.

type Body =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: 'too-large' | 'not-utf8' };

/**
 * The body as UTF-8 text. Reading stops at `longestBytes` (after decompression): a longer body is a problem, or
 * with `cut` its beginning, undecodable bytes replaced.
 *
 * @throws whatever the connection throws
 */
export async function readBody(
  response: Response,
  longestBytes: number,
  options: { readonly cut?: boolean } = {},
): Promise<Body> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    length += value.length;
    if (length <= longestBytes) continue;
    // The rest is not wanted, so neither is word of how its delivery ended.
    reader.cancel().catch(() => {});
    if (options.cut !== true) return { ok: false, problem: 'too-large' };
    break;
  }
  const bytes = Buffer.concat(pieces).subarray(0, longestBytes);
  try {
    return {
      ok: true,
      text: new TextDecoder('utf-8', { fatal: options.cut !== true }).decode(bytes),
    };
  } catch {
    return { ok: false, problem: 'not-utf8' };
  }
}
