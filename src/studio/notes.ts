// What people write about a run: tags and a note, in notes.json of its folder.

import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../files/atomic.ts';
import type { Notes } from './protocol.ts';
import { readJson } from './read-json.ts';

export const MOST_TAGS = 20;
/** Characters of a tag, and of a note. */
export const MOST_TAG = 40;
export const MOST_NOTE = 10_000;
const MOST_BYTES = 256 << 10;

export const NOTES_FILE = 'notes.json';

const notesSchema = z.object({
  tags: z.array(z.string().max(MOST_TAG)).max(MOST_TAGS).catch([]),
  note: z.string().max(MOST_NOTE).catch(''),
});

/** Nothing where there is no file, or one that others have damaged. */
export async function readNotes(directory: string): Promise<Notes> {
  const found = await readJson(path.join(directory, NOTES_FILE), MOST_BYTES);
  const notes = notesSchema.safeParse(found);
  return notes.success ? notes.data : { tags: [], note: '' };
}

export async function writeNotes(directory: string, { tags, note }: Notes): Promise<void> {
  const words = [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))];
  writeFileAtomic(
    path.join(directory, NOTES_FILE),
    `${JSON.stringify({ tags: words, note }, null, 2)}\n`,
  );
}
