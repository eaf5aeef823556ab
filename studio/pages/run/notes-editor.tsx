// Tags and a note of a run, which lie in its folder.

import { useSignal } from '@preact/signals';
import type { Notes } from '../../../src/studio/protocol.ts';
import type { Client } from '../../client.ts';

export function NotesEditor({
  client,
  id,
  notes,
}: {
  readonly client: Client;
  readonly id: string;
  readonly notes: Notes;
}) {
  const tags = useSignal(notes.tags.join(', '));
  const note = useSignal(notes.note);
  const said = useSignal('');
  const save = () => {
    const list = tags.value.split(',').map((tag) => tag.trim());
    client.act('notes', { id, tags: list.filter((tag) => tag !== ''), note: note.value }).then(
      () => {
        said.value = 'saved';
      },
      (error) => {
        said.value = (error as Error).message;
      },
    );
  };
  return (
    <form
      class="notes"
      aria-label="Notes"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <label>
        Tags, with commas between
        <input
          type="text"
          value={tags.value}
          onInput={({ currentTarget }) => {
            tags.value = currentTarget.value;
            said.value = '';
          }}
        />
      </label>
      <label>
        Note
        <textarea
          rows={3}
          value={note.value}
          onInput={({ currentTarget }) => {
            note.value = currentTarget.value;
            said.value = '';
          }}
        />
      </label>
      <p>
        <button type="submit">Save notes</button>{' '}
        <span class="note" role="status">
          {said.value}
        </span>
      </p>
    </form>
  );
}
