import { describe, expect, it } from 'vitest';
import { readBody } from './read-body.ts';

/** A body in pieces of one byte, which tells how many were taken. */
function slowBody(bytes: Uint8Array) {
  let taken = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (taken === bytes.length) controller.close();
        else controller.enqueue(bytes.subarray(taken, ++taken));
      },
    },
    { highWaterMark: 0 },
  );
  return { response: new Response(stream), taken: () => taken };
}
const encode = (text: string) => new TextEncoder().encode(text);

describe('readBody', () => {
  it('reads text whose characters are split between pieces', async () => {
    const { response } = slowBody(encode('aé漢😀'));
    expect(await readBody(response, 100)).toEqual({ ok: true, text: 'aé漢😀' });
    expect(await readBody(new Response(null), 100)).toEqual({ ok: true, text: '' });
  });

  it('takes a body of just the largest size, and stops reading one above it', async () => {
    expect(await readBody(slowBody(encode('12345')).response, 5)).toEqual({
      ok: true,
      text: '12345',
    });
    const long = slowBody(encode('x'.repeat(1000)));
    expect(await readBody(long.response, 5)).toEqual({ ok: false, problem: 'too-large' });
    expect(long.taken()).toBe(6);
  });

  it('cuts when asked to, also inside a character', async () => {
    const long = slowBody(encode('éé'));
    expect(await readBody(long.response, 3, { cut: true })).toEqual({ ok: true, text: 'é\ufffd' });
  });

  it('refuses bytes that are not UTF-8', async () => {
    const { response } = slowBody(Uint8Array.of(0x61, 0xff));
    expect(await readBody(response, 100)).toEqual({ ok: false, problem: 'not-utf8' });
  });
});
