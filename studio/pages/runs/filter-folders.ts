// The list of runs as its reader wants it.

import type { FolderFacts, FolderState } from '../../../src/studio/protocol.ts';

/** Folders whose place, recipe, kind or stage has every word of a text, and that are in a state. */
export function filterFolders(
  folders: readonly FolderFacts[],
  text: string,
  state: FolderState | 'all',
): FolderFacts[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return folders.filter((facts) => {
    if (state !== 'all' && facts.state !== state) return false;
    const all = [
      facts.place,
      facts.recipe,
      facts.kind,
      facts.stage,
      `seed ${facts.seed}`,
      ...facts.tags,
    ]
      .join(' ')
      .toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

export type Order = 'place' | 'recipe' | 'seed' | 'progress' | 'loss' | 'changed';

const KEYS: Readonly<Record<Order, (facts: FolderFacts) => string | number | null>> = {
  place: ({ place }) => place,
  recipe: ({ recipe }) => recipe,
  seed: ({ seed }) => seed,
  progress: ({ step, steps }) => (step === null || steps === null ? null : -step / steps),
  loss: ({ loss }) => loss,
  changed: ({ changedMs }) => -changedMs,
};

/** Whether what is shown in a column rises or falls from row to row. */
export function directionOf(order: Order): 'ascending' | 'descending' {
  return order === 'changed' || order === 'progress' ? 'descending' : 'ascending';
}

/** In an order; those that have nothing to order them by come last. */
export function orderFolders(folders: readonly FolderFacts[], order: Order): FolderFacts[] {
  const key = KEYS[order];
  return [...folders].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === y) return a.id < b.id ? -1 : 1;
    if (x === null) return 1;
    if (y === null) return -1;
    return x < y ? -1 : 1;
  });
}

export type Grouping = 'nothing' | 'recipe' | 'kind' | 'state' | 'tag' | 'folder' | 'key';

const GROUP_OF: Readonly<
  Record<Grouping, (facts: FolderFacts, values: Readonly<Record<string, string>>) => string>
> = {
  nothing: () => '',
  recipe: ({ recipe }) => recipe ?? 'no recipe',
  kind: ({ kind }) => kind,
  state: ({ state }) => state,
  tag: ({ tags }) => (tags.length > 0 ? tags.toSorted().join(', ') : 'no tags'),
  folder: ({ place }) => place.split('/').slice(0, -1).join('/'),
  key: ({ id }, values) => values[id] ?? 'no value',
};

/**
 * Folders that have the same in common, in their order; groups in the order of their first member.
 *
 * @param values of the key that is grouped by, by ids of folders
 */
export function groupFolders(
  folders: readonly FolderFacts[],
  grouping: Grouping,
  values: Readonly<Record<string, string>> = {},
): { readonly name: string; readonly members: readonly FolderFacts[] }[] {
  const groups = new Map<string, FolderFacts[]>();
  for (const facts of folders) {
    const name = GROUP_OF[grouping](facts, values);
    const members = groups.get(name);
    if (members) members.push(facts);
    else groups.set(name, [facts]);
  }
  return [...groups].map(([name, members]) => ({ name, members }));
}
