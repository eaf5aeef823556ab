// A command, broken between its words only: browsers would break after the dashes of an option too.

import { Fragment } from 'preact';

export function CodeWords({ text }: { readonly text: string }) {
  return (
    <code>
      {text.split(' ').map((word, i) => (
        <Fragment key={i}>
          {i > 0 && ' '}
          <span class="word">{word}</span>
        </Fragment>
      ))}
    </code>
  );
}
