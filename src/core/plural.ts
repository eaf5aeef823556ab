// Counts with their nouns.

/** `1 shard`, `2 shards`, `1,024 shards`; `plural(2, 'index', 'indices')` where an s will not do. */
export function plural(count: number, singular: string, several = `${singular}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? singular : several}`;
}
