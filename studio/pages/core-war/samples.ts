// The warriors that come with the project.

const SOURCES: Readonly<Record<string, string>> = import.meta.glob('../../../warriors/*.red', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export type Sample = { readonly name: string; readonly source: string };

/** By name. */
export const SAMPLES: readonly Sample[] = Object.entries(SOURCES)
  .map(([path, source]) => {
    const name = path.slice(path.lastIndexOf('/') + 1, -'.red'.length);
    return { name: `${name[0]!.toUpperCase()}${name.slice(1)}`, source };
  })
  .sort((a, b) => (a.name < b.name ? -1 : 1));

/** The battle that the page begins with. */
export const DEFAULT_NAMES = ['Stunner', 'Threads'] as const;
