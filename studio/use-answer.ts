// An answer of the server as the state of a component.

import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { RequestError } from './client.ts';

export type Asked<T> =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'here'; readonly value: T }
  | { readonly kind: 'failed'; readonly message: string; readonly hint: string | undefined };

/**
 * Asks when the component appears, and again whenever `stamp` changes: what was answered before stays until the next answer comes, and
 * where that fails.
 *
 * @param subject what is asked about: of another one nothing is shown
 */
export function useAnswer<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  subject: string,
  stamp: unknown = '',
): ReadonlySignal<Asked<T>> {
  const asked = useSignal<Asked<T>>({ kind: 'waiting' });
  const before = useRef(subject);
  useEffect(() => {
    const control = new AbortController();
    if (before.current !== subject) asked.value = { kind: 'waiting' };
    before.current = subject;
    ask(control.signal).then(
      (value) => {
        if (!control.signal.aborted) asked.value = { kind: 'here', value };
      },
      (error: RequestError) => {
        if (control.signal.aborted || asked.value.kind === 'here') return;
        asked.value = { kind: 'failed', message: error.message, hint: error.hint };
      },
    );
    return () => control.abort();
  }, [subject, stamp]);
  return asked;
}
