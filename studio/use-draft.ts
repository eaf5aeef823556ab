// The text of a field that is taken when it is complete.

import { useSignal } from '@preact/signals';
import type { TargetedEvent } from 'preact';

/**
 * Attributes of an input. What is being typed outlives redraws of the page, which come at any time while runs go on.
 *
 * @param enter is given what was typed, once the reader has left the field or pressed Enter
 */
export function useDraft(value: string | number, enter: (text: string) => void) {
  const draft = useSignal<string | null>(null);
  type Event = TargetedEvent<HTMLInputElement>;
  return {
    value: draft.value ?? value,
    onInput: ({ currentTarget }: Event) => {
      draft.value = currentTarget.value;
    },
    onChange: ({ currentTarget }: Event) => {
      draft.value = null;
      enter(currentTarget.value);
    },
    onBlur: () => {
      draft.value = null;
    },
  };
}
