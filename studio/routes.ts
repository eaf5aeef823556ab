// Addresses: a page, a path below it, and what is chosen there, all behind `#`.

const PAGES = [
  'runs',
  'run',
  'race',
  'memory',
  'compare',
  'new',
  'worlds',
  'train',
  'core-war',
] as const;

export type PageName = (typeof PAGES)[number];

export type Route = {
  readonly page: PageName | 'unknown';
  /** What the page shows, such as the id of a run; empty where there is nothing to name. */
  readonly path: string;
  /** What is chosen on the page, so that an address brings it back. */
  readonly query: string;
};

/** Pages that show nothing without a path. */
const NEEDS_PATH: ReadonlySet<string> = new Set<PageName>(['run', 'race', 'memory']);

export function routeOf(hash: string): Route {
  const [address = '', ...rest] = hash.replace(/^#?\/?/, '').split('?');
  const query = rest.join('?');
  const [page = '', ...parts] = address.split('/');
  if (page === '') return { page: 'runs', path: '', query };
  try {
    const path = parts.map(decodeURIComponent).join('/');
    const name = PAGES.find((one) => one === page);
    const isKnown = name !== undefined && (path !== '' || !NEEDS_PATH.has(page));
    return { page: isKnown ? name : 'unknown', path, query };
  } catch {
    return { page: 'unknown', path: '', query };
  }
}

/** The address of a page, to be used as a link. */
export function addressOf(
  page: PageName,
  path = '',
  query: Readonly<Record<string, string>> | readonly (readonly [string, string])[] = {},
): string {
  const chosen = new URLSearchParams(query as Record<string, string>).toString();
  const place = path === '' ? '' : `/${path.split('/').map(encodeURIComponent).join('/')}`;
  return `#/${page === 'runs' ? '' : page}${place}${chosen === '' ? '' : `?${chosen}`}`;
}
