// Text whose long words break where a reader would: after slashes, dots and underscores, not between any two letters.

import { Fragment } from 'preact';

/** Shorter words fit everywhere. */
const LONG_WORD = 12;

export function Breakable({ text }: { readonly text: string }) {
  const pieces = text
    .split(/(?<=\s)/)
    .flatMap((word) => (word.length > LONG_WORD ? word.split(/(?<=[/._=])(?=\w)/) : [word]));
  return (
    <>
      {pieces.map((piece, i) => (
        <Fragment key={i}>
          {i > 0 && !/\s$/.test(pieces[i - 1]!) && <wbr />}
          {piece}
        </Fragment>
      ))}
    </>
  );
}
