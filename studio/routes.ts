// Pages by their addresses, which are the part behind `#`.

export type Route =
  | { readonly page: 'runs' }
  | { readonly page: 'run'; readonly id: string }
  | { readonly page: 'unknown' };

export function routeOf(hash: string): Route {
  const [page = '', ...rest] = hash.replace(/^#?\/?/, '').split('/');
  if (page === '') return { page: 'runs' };
  if (page !== 'run' || rest.length === 0) return { page: 'unknown' };
  try {
    return { page: 'run', id: rest.map(decodeURIComponent).join('/') };
  } catch {
    return { page: 'unknown' };
  }
}

export function addressOf(route: Exclude<Route, { page: 'unknown' }>): string {
  if (route.page === 'runs') return '#/';
  return `#/run/${route.id.split('/').map(encodeURIComponent).join('/')}`;
}
