// The pages of the studio; each is loaded when it is first opened.

import type { ComponentType } from 'preact';
import type { Client } from './client.ts';
import type { PageName } from './routes.ts';
import type { Store } from './store.ts';

export type PageProps = {
  readonly store: Store;
  readonly client: Client;
  /** What the address names below the page; `''` for none. */
  readonly path: string;
  /** What the address says is chosen. */
  readonly query: URLSearchParams;
};

export type Page = ComponentType<PageProps>;

export const LOAD_PAGE: Readonly<Record<PageName, () => Promise<Page>>> = {
  runs: async () => (await import('./pages/runs/runs-page.tsx')).RunsPage,
  run: async () => (await import('./pages/run/run-page.tsx')).RunPage,
  race: async () => (await import('./pages/race/race-page.tsx')).RacePage,
  memory: async () => (await import('./pages/memory/memory-page.tsx')).MemoryPage,
  compare: async () => (await import('./pages/compare/compare-page.tsx')).ComparePage,
  new: async () => (await import('./pages/new/new-page.tsx')).NewPage,
  worlds: async () => (await import('./pages/worlds/worlds-page.tsx')).WorldsPage,
  train: async () => (await import('./pages/train/train-page.tsx')).TrainPage,
  'core-war': async () => (await import('./pages/core-war/core-war-page.tsx')).CoreWarPage,
};

/** What the navigation offers. */
export const NAVIGATION: readonly { readonly page: PageName; readonly label: string }[] = [
  { page: 'runs', label: 'Runs' },
  { page: 'worlds', label: 'Worlds' },
  { page: 'train', label: 'Train' },
  { page: 'core-war', label: 'Core War' },
];
