// A frame in which what is too wide or too long scrolls, also by keyboard.

import type { ComponentChildren } from 'preact';

export function Scroller({
  name,
  kind = 'scroller',
  children,
}: {
  /** What screen readers call it; its own on the page. */
  readonly name: string;
  /** Its class. */
  readonly kind?: string | undefined;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of a keyboard
    <section class={kind} tabIndex={0} aria-label={name}>
      {children}
    </section>
  );
}
