// The frame of all pages: navigation, the state of the connection, and the page that the address names.

import type { Client } from './client.ts';
import { RunPage } from './pages/run-page.tsx';
import { RunsPage } from './pages/runs-page.tsx';
import { addressOf } from './routes.ts';
import type { Store } from './store.ts';

export type PageProps = { readonly store: Store; readonly client: Client };

export function App(props: PageProps) {
  const connection = props.store.connection.value;
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
        <a class="brand" href={addressOf({ page: 'runs' })}>
          Primordia studio
        </a>
        <span class={`connection ${connection.kind}`} role="status">
          {connection.kind === 'open' ? 'live' : ''}
          {connection.kind === 'waiting' ? 'connecting…' : ''}
          {connection.kind === 'lost' ? 'connection lost, trying again' : ''}
        </span>
      </header>
      <main id="main" tabindex={-1}>
        {connection.kind === 'refused' ? (
          <Refused message={connection.message} />
        ) : (
          <Page {...props} />
        )}
      </main>
    </>
  );
}

function Page(props: PageProps) {
  const route = props.store.route.value;
  switch (route.page) {
    case 'runs':
      return <RunsPage {...props} />;
    case 'run':
      return <RunPage key={route.id} id={route.id} {...props} />;
    case 'unknown':
      return (
        <section class="empty">
          <h1>There is no such page</h1>
          <p>
            <a href={addressOf({ page: 'runs' })}>All runs</a>
          </p>
        </section>
      );
  }
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
