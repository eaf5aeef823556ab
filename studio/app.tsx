// The frame of all pages: navigation, the state of the connection, and the page that the address names.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Client } from './client.ts';
import { LOAD_PAGE, NAVIGATION, type Page } from './pages.ts';
import { addressOf, type PageName } from './routes.ts';
import type { Store } from './store.ts';

type AppProps = { readonly store: Store; readonly client: Client };

export function App(props: AppProps) {
  const connection = props.store.connection.value;
  const current = props.store.route.value.page;
  return (
    <>
      <a
        class="skip"
        href={location.hash || '#/'}
        onClick={(event) => {
          // What stands behind # is the page.
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={addressOf('runs')}>
          Primordia studio
        </a>
        <nav aria-label="Pages">
          {NAVIGATION.map(({ page, label }) => (
            <a
              key={page}
              href={addressOf(page)}
              aria-current={page === current ? 'page' : undefined}
            >
              {label}
            </a>
          ))}
        </nav>
        <span class={`connection ${connection.kind}`} role="status">
          {connection.kind === 'open' ? 'live' : ''}
          {connection.kind === 'copy' &&
            `copy of ${new Date(connection.exportedMs).toISOString().slice(0, 10)}`}
          {connection.kind === 'waiting' ? 'connecting…' : ''}
          {connection.kind === 'lost' ? 'connection lost, trying again' : ''}
        </span>
      </header>
      <main id="main" tabindex={-1}>
        {connection.kind === 'refused' ? (
          <Refused message={connection.message} />
        ) : (
          <CurrentPage {...props} />
        )}
      </main>
    </>
  );
}

/** The page of the address: made anew where another thing is shown, kept where something else is chosen on it. */
function CurrentPage({ store, client }: AppProps) {
  const { page, path, query } = store.route.value;
  const loaded = useSignal<{ readonly page: PageName; readonly Page: Page } | null>(null);
  const fault = useSignal<string | null>(null);
  useEffect(() => {
    if (page === 'unknown') return;
    fault.value = null;
    LOAD_PAGE[page]().then(
      (Page) => {
        loaded.value = { page, Page };
      },
      (error) => {
        fault.value = (error as Error).message;
      },
    );
  }, [page]);
  if (page === 'unknown') return <Unknown />;
  if (fault.value !== null) {
    return (
      <section class="empty" role="alert">
        <h1>This page could not be loaded</h1>
        <p>{fault.value}</p>
        <p>Is the command that serves the studio still running? Reload once it is.</p>
      </section>
    );
  }
  if (loaded.value?.page !== page) return <p class="waiting">Loading…</p>;
  const { Page } = loaded.value;
  return (
    <Page key={path} store={store} client={client} path={path} query={new URLSearchParams(query)} />
  );
}

function Unknown() {
  return (
    <section class="empty">
      <h1>There is no such page</h1>
      <p>
        <a href={addressOf('runs')}>All runs</a>
      </p>
    </section>
  );
}

function Refused({ message }: { message: string }) {
  return (
    <section class="empty">
      <h1>The studio does not know this tab</h1>
      <p>{message}</p>
      <p>
        The address with the token is in the terminal where <code>primordia studio</code> runs.
      </p>
    </section>
  );
}
