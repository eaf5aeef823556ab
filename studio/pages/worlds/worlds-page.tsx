// The page of worlds: what models learn from, drawn in the browser by the code that training uses.

import { SOURCES, TASKS, WORLDS } from '../../../src/worlds/index.ts';
import type { PageProps } from '../../pages.ts';
import type { Texts } from '../../parts/schema-fields.ts';
import { addressOf } from '../../routes.ts';
import { NcaView } from './nca-view.tsx';
import { WorldView } from './world-view.tsx';
import './worlds.css';

export type ViewProps = {
  readonly kind: string;
  /** What the address says, options and all. */
  readonly texts: Texts;
  /** Changes what the address says; null removes a key. */
  readonly change: (changes: Readonly<Record<string, string | null>>) => void;
};

const TITLES: Readonly<Record<string, string>> = {
  nca: 'Neural automata',
  life: 'Life',
  elementary: 'Elementary rules',
  dyck: 'Brackets',
  dfa: 'Finite automata',
  shuffled: 'Shuffled',
  iid: 'Independent tokens',
  copy: 'Copy',
  stack: 'Stack',
  recall: 'Recall',
  retrieval: 'Retrieval',
  'selective-copy': 'Selective copy',
  modular: 'Modular lines',
  parity: 'Parity',
};

export function WorldsPage({ path, query }: PageProps) {
  const kind = path === '' ? 'nca' : path;
  const texts = Object.fromEntries(query);
  const change: ViewProps['change'] = (changes) => {
    const next = { ...texts, ...changes };
    const kept = Object.entries(next).filter((entry): entry is [string, string] => {
      const [, value] = entry;
      return value !== null;
    });
    // A choice is not a place to go back to.
    location.replace(addressOf('worlds', kind, Object.fromEntries(kept)));
  };
  if (!Object.hasOwn(WORLDS, kind)) {
    return (
      <section class="empty">
        <h1>There is no world {kind}</h1>
        <p>
          <a href={addressOf('worlds')}>All worlds</a>
        </p>
      </section>
    );
  }
  const { description, source } = WORLDS[kind as keyof typeof WORLDS];
  const View = kind === 'nca' ? NcaView : WorldView;
  return (
    <div class="worlds">
      <h1>Worlds</h1>
      <p class="lead">
        A world makes the sequences that a model learns to predict. All of it is computed here, in
        the browser, by the code that training uses.
      </p>
      <Kinds label="Worlds" kinds={Object.keys(SOURCES)} current={kind} />
      <Kinds label="Memory tasks" kinds={Object.keys(TASKS)} current={kind} />
      <h2>{TITLES[kind] ?? kind}</h2>
      <p class="about">
        {description} <span class="note">({source})</span>
      </p>
      <View key={kind} kind={kind} texts={texts} change={change} />
    </div>
  );
}

function Kinds({
  label,
  kinds,
  current,
}: {
  readonly label: string;
  readonly kinds: readonly string[];
  readonly current: string;
}) {
  return (
    <nav class="kinds" aria-label={label}>
      <span class="kinds-label" aria-hidden="true">
        {label}
      </span>
      {kinds.map((kind) => (
        <a
          key={kind}
          href={addressOf('worlds', kind)}
          aria-current={kind === current ? 'page' : undefined}
        >
          {TITLES[kind] ?? kind}
        </a>
      ))}
    </nav>
  );
}
