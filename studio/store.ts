// What all pages share: the list of runs, kept up to date, and where the reader is.

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { FolderFacts, JobFacts } from '../src/studio/protocol.ts';
import { type Client, RequestError } from './client.ts';
import { type Route, routeOf } from './routes.ts';

export type Connection =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'open' }
  /** The files of an exported studio. */
  | { readonly kind: 'copy'; readonly exportedMs: number }
  /** It is tried again. */
  | { readonly kind: 'lost'; readonly message: string }
  /** It would be refused again. */
  | { readonly kind: 'refused'; readonly message: string };

export type Store = {
  readonly folders: ReadonlySignal<ReadonlyMap<string, FolderFacts>>;
  readonly isCut: ReadonlySignal<boolean>;
  /** What was started from a page; null where nothing may be started. */
  readonly jobs: ReadonlySignal<readonly JobFacts[] | null>;
  readonly connection: ReadonlySignal<Connection>;
  readonly route: ReadonlySignal<Route>;
  /** The time, ms, to tell ages by; it moves every few seconds. */
  readonly now: ReadonlySignal<number>;
};

const RETRY_MS = 2000;
const TICK_MS = 5000;

export function createStore(client: Client): Store {
  const folders: Signal<ReadonlyMap<string, FolderFacts>> = signal(new Map());
  const isCut = signal(false);
  const jobs: Signal<readonly JobFacts[] | null> = signal(null);
  const connection: Signal<Connection> = signal({ kind: 'waiting' });
  const route = signal(routeOf(location.hash));
  const now = signal(Date.now());
  window.addEventListener('hashchange', () => {
    route.value = routeOf(location.hash);
  });
  setInterval(() => {
    now.value = Date.now();
  }, TICK_MS);
  void follow();
  return { folders, isCut, jobs, connection, route, now };

  async function follow(): Promise<void> {
    for (;;) {
      let isFirst = true;
      try {
        await client.events((event) => {
          if (event.kind === 'copy') connection.value = event;
          if (event.kind === 'jobs') jobs.value = event.jobs;
          if (event.kind !== 'folders') return;
          // The first event of a connection has everything.
          const next = new Map(isFirst ? [] : folders.value);
          isFirst = false;
          for (const facts of event.changed) next.set(facts.id, facts);
          for (const id of event.removed) next.delete(id);
          folders.value = next;
          isCut.value = event.isCut;
          now.value = Date.now();
          if (connection.value.kind !== 'open') connection.value = { kind: 'open' };
        }, new AbortController().signal);
      } catch (error) {
        const { message } = error as Error;
        const isRefused = error instanceof RequestError && [401, 403].includes(error.status);
        connection.value = { kind: isRefused ? 'refused' : 'lost', message };
        if (isRefused) return;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
