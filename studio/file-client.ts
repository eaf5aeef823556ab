// The data of an exported studio: files beside the page.

import type { SiteFile, SiteIndex } from '../src/studio/protocol.ts';
import { type Client, RequestError } from './client.ts';

/** What needs the command that serves the studio. */
const NEEDS_SERVER = 'This is a copy of a studio: it shows, and does nothing.';

/** @param base the address of the page */
export function openFileClient(base: string): Client {
  let index: Promise<SiteIndex> | undefined;
  const files = new Map<string, Promise<SiteFile>>();

  async function read<T>(file: string): Promise<T> {
    const response = await fetch(new URL(file, base)).catch(() => null);
    if (response?.ok) return response.json();
    throw new RequestError(`${file} is missing from this copy of the studio`, 404);
  }
  const readIndex = () => (index ??= read<SiteIndex>('data/index.json'));
  async function fileOf(id: string): Promise<SiteFile> {
    const found = (await readIndex()).folders.find(({ facts }) => facts.id === id);
    if (!found) throw new RequestError('this run is not in this copy of the studio', 404);
    const known = files.get(id) ?? read<SiteFile>(found.file);
    files.set(id, known);
    return known;
  }
  const need = <T>(attempt: { readonly value: T } | { readonly error: string } | null): T => {
    if (attempt === null) throw new RequestError('this run has no such data', 404);
    if ('error' in attempt) throw new RequestError(attempt.error, 422);
    return attempt.value;
  };
  const refuse = () => Promise.reject(new RequestError(NEEDS_SERVER, 501));

  return {
    isLive: false,
    run: async (id) => (await fileOf(id)).run,
    metrics: async (id, from) => {
      const { rows } = await fileOf(id);
      return { rows: rows.slice(from), next: rows.length, isCut: false };
    },
    report: async (id) => {
      const page = need((await fileOf(id)).report);
      if (page === null) throw new RequestError('a data set has no report', 404);
      return page;
    },
    memory: async (id) => need((await fileOf(id)).memory),
    race: async (id) => need((await fileOf(id)).race),
    key: refuse,
    comparison: refuse,
    system: refuse,
    recipes: refuse,
    recipe: refuse,
    act: refuse,
    savedPage: refuse,
    async events(tell, signal) {
      const { folders, isCut, exportedMs } = await readIndex();
      tell({ kind: 'folders', changed: folders.map(({ facts }) => facts), removed: [], isCut });
      tell({ kind: 'copy', exportedMs });
      // Nothing else will ever come.
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  };
}
