// A button that saves what is seen as one HTML file.

import { useSignal } from '@preact/signals';
import { saveBlob } from '../../src/chart/live/save-blob.ts';
import type { Client } from '../client.ts';

export function SavePage({
  client,
  ids,
  name,
}: {
  readonly client: Client;
  /** The run, or those that are compared. */
  readonly ids: readonly string[];
  /** What the file is called after. */
  readonly name: string;
}) {
  const fault = useSignal<string | null>(null);
  return (
    <>
      <button
        type="button"
        onClick={() => {
          fault.value = null;
          client.savedPage(ids).then(
            (blob) => saveBlob(blob, `${name.replace(/[^\w.-]+/g, '-')}.html`),
            (error) => {
              fault.value = (error as Error).message;
            },
          );
        }}
      >
        Save as HTML
      </button>
      {fault.value !== null && <span role="alert">{fault.value}</span>}
    </>
  );
}
