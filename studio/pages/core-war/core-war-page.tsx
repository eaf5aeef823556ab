// Core War: a battle to play and step through, an editor for warriors, and a hill.

import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { UserError } from '../../../src/core/index.ts';
import { namedSettings } from '../../../src/corewar/index.ts';
import type { PageProps } from '../../pages.ts';
import { addressOf, routeOf } from '../../routes.ts';
import { Badge } from './badge.tsx';
import { MAX_WARRIORS, packBattle, unpackBattle } from './battle-address.ts';
import { type BattleChoice, choiceOf, type Entry, linkOf, setUpBattle } from './battle-setup.ts';
import { BattleView } from './battle-view.tsx';
import { EditorView } from './editor-view.tsx';
import { FileButton } from './file-button.tsx';
import { HillView } from './hill-view.tsx';
import { type HillChoice, MAX_HILL } from './play-hill.ts';
import { readWarriorFile } from './read-warrior-file.ts';
import { DEFAULT_NAMES, SAMPLES } from './samples.ts';
import { SettingsForm } from './settings-form.tsx';
import './core-war.css';
import './battle.css';

const TABS = { battle: 'Battle', editor: 'Editor', hill: 'Hill' } as const;
type Tab = keyof typeof TABS;

const ADDRESS_DELAY_MS = 300;
const NEW_SOURCE = `;redcode-94
;name New warrior
;author Anonymous
;strategy What it does.
;assert 1
        mov.i   $0, $1
`;

function defaultChoice(): BattleChoice {
  const warriors = DEFAULT_NAMES.map((name) => SAMPLES.find((sample) => sample.name === name)!);
  return choiceOf({ warriors });
}

function defaultHill(): HillChoice {
  return {
    entries: SAMPLES.map((sample, id) => ({ id, ...sample })),
    setting: '94nop',
    settings: namedSettings('94nop'),
    rounds: 50,
    seed: 0,
  };
}

/** The battle in an address; `''` for the one that the page begins with, null for one that no address can hold. */
function packChoice(choice: BattleChoice, atFirst: string): string | null {
  try {
    const packed = packBattle(linkOf(choice));
    return packed === atFirst ? '' : packed;
  } catch {
    return null;
  }
}

export function CoreWarPage({ store }: PageProps) {
  const choice = useSignal<BattleChoice>(defaultChoice());
  const hill = useSignal<HillChoice>(defaultHill());
  const tab = useSignal<Tab>('battle');
  const editing = useSignal(0);
  const notices = useSignal<readonly string[]>([]);
  const isDropping = useSignal(false);
  const nextId = useRef(100);
  const atFirst = useMemo(() => packBattle(linkOf(defaultChoice())), []);
  /** As it was a moment ago: packing is too slow for every key that is pressed. */
  const packed = useSignal<string | null>('');

  // Another address, by a link or the browser's buttons.
  const route = store.route.value;
  useEffect(() => {
    const query = new URLSearchParams(routeOf(location.hash).query);
    const name = query.get('tab') ?? 'battle';
    tab.value = name in TABS ? (name as Tab) : 'battle';
    const asked = query.get('battle') ?? '';
    if (asked === packChoice(choice.value, atFirst)) return;
    notices.value = [];
    try {
      const next = asked === '' ? defaultChoice() : choiceOf(unpackBattle(asked));
      nextId.current += 100;
      choice.value = renumber(next, nextId.current);
      editing.value = choice.value.entries[0]!.id;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      notices.value = [`${capital(error.message)}. The battle shown is another one.`];
    }
  }, [route]);

  const addressFor = (of: Tab) =>
    addressOf('core-war', '', {
      ...(of === 'battle' ? {} : { tab: of }),
      ...(packed.value ? { battle: packed.value } : {}),
    });
  useEffect(() => {
    const timer = setTimeout(() => {
      packed.value = packChoice(choice.value, atFirst);
      if (packed.value !== null) history.replaceState(null, '', addressFor(tab.value));
    }, ADDRESS_DELAY_MS);
    return () => clearTimeout(timer);
  }, [choice.value, tab.value]);

  const open = (of: Tab) => {
    if (tab.value === of) return;
    tab.value = of;
    packed.value = packChoice(choice.value, atFirst);
    history.pushState(null, '', addressFor(of));
  };
  const addEntry = (name: string, source: string): boolean => {
    if (choice.value.entries.length >= MAX_WARRIORS) {
      notices.value = [
        ...notices.value,
        `A battle has at most ${MAX_WARRIORS} warriors: ${name} was left out.`,
      ];
      return false;
    }
    const entry = { id: nextId.current++, name, source };
    choice.value = {
      ...choice.value,
      entries: [...choice.value.entries, entry],
      // They were for fewer.
      positions: null,
    };
    editing.value = entry.id;
    return true;
  };
  const addToHill = (name: string, source: string): void => {
    if (hill.value.entries.length >= MAX_HILL) {
      notices.value = [
        ...notices.value,
        `A hill has at most ${MAX_HILL} warriors: ${name} was left out.`,
      ];
      return;
    }
    const entry = { id: nextId.current++, name, source };
    hill.value = { ...hill.value, entries: [...hill.value.entries, entry] };
  };
  const addFiles = async (files: FileList): Promise<void> => {
    notices.value = [];
    const taken = [...files].slice(0, MAX_HILL);
    for (const file of taken) {
      const answer = await readWarriorFile(file);
      if (answer.kind === 'refused') notices.value = [...notices.value, answer.message];
      else if (tab.value === 'hill') addToHill(answer.name, answer.source);
      else addEntry(answer.name, answer.source);
    }
  };
  useFileDrop(isDropping, (files) => void addFiles(files));

  const addNew = () => {
    if (addEntry('New warrior', NEW_SOURCE)) open('editor');
  };
  return (
    <div class="core-war">
      <h1>Core War</h1>
      <p class="note cw-intro">
        Programs share one memory, and each tries to make the others execute what ends them. Watch a
        battle, write a warrior, or let many of them play for a hill.
      </p>
      <nav class="cw-tabs" aria-label="Parts of this page">
        {(Object.keys(TABS) as Tab[]).map((name) => (
          <a
            key={name}
            href={addressFor(name)}
            aria-current={tab.value === name ? 'page' : undefined}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              open(name);
            }}
          >
            {TABS[name]}
          </a>
        ))}
      </nav>
      {notices.value.length > 0 && (
        <div class="cw-notices" role="alert">
          {notices.value.map((notice, i) => (
            <p key={i}>{notice}</p>
          ))}
          <button
            type="button"
            class="cw-link"
            onClick={() => {
              notices.value = [];
            }}
          >
            Dismiss
          </button>
        </div>
      )}
      {packed.value === null && (
        <p class="note">
          These warriors are too large for an address: a link to this page would not bring them
          back.
        </p>
      )}
      {tab.value === 'battle' && (
        <BattleTab
          choice={choice}
          edit={(id) => {
            editing.value = id;
            open('editor');
          }}
          addEntry={addEntry}
          addFiles={addFiles}
          addNew={addNew}
        />
      )}
      {tab.value === 'editor' && <EditorView choice={choice} editing={editing} addNew={addNew} />}
      {tab.value === 'hill' && (
        <HillView choice={hill} addFiles={(files) => void addFiles(files)} addSource={addToHill} />
      )}
      {isDropping.value && (
        <div class="cw-drop" aria-hidden="true">
          Drop warriors here
        </div>
      )}
    </div>
  );
}

function renumber(choice: BattleChoice, from: number): BattleChoice {
  return { ...choice, entries: choice.entries.map((entry, i) => ({ ...entry, id: from + i })) };
}

function capital(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}

/** Files that are dropped anywhere on the page, an editor included, are warriors. */
function useFileDrop(isDropping: Signal<boolean>, take: (files: FileList) => void): void {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      isDropping.value = true;
    };
    const leave = (event: DragEvent) => {
      // Out of the window; within it, another element is entered.
      if (event.relatedTarget === null) isDropping.value = false;
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      isDropping.value = false;
      latest.current(event.dataTransfer!.files);
    };
    const options = { capture: true };
    document.addEventListener('dragover', over, options);
    document.addEventListener('dragleave', leave, options);
    document.addEventListener('drop', drop, options);
    return () => {
      document.removeEventListener('dragover', over, options);
      document.removeEventListener('dragleave', leave, options);
      document.removeEventListener('drop', drop, options);
    };
  }, []);
}

type BattleTabProps = {
  readonly choice: Signal<BattleChoice>;
  readonly edit: (id: number) => void;
  readonly addEntry: (name: string, source: string) => boolean;
  readonly addFiles: (files: FileList) => Promise<void>;
  readonly addNew: () => void;
};

function BattleTab({ choice, edit, addEntry, addFiles, addNew }: BattleTabProps) {
  const current = choice.value;
  const setup = useMemo(() => setUpBattle(current), [current]);
  const { entries } = current;
  const remove = ({ id }: Entry) => {
    choice.value = {
      ...current,
      entries: entries.filter((entry) => entry.id !== id),
      positions: null,
      first: null,
    };
  };
  return (
    <>
      <div class="cw-bar">
        <ul class="cw-entries" aria-label="Warriors of the battle">
          {entries.map((entry, i) => (
            <li key={entry.id}>
              <Badge warrior={i} />
              <button
                type="button"
                class="cw-link"
                onClick={() => edit(entry.id)}
                title={`Edit ${entry.name}`}
              >
                {entry.name}
              </button>
              <button
                type="button"
                class="cw-remove"
                aria-label={`Remove ${entry.name}`}
                title="Remove"
                onClick={() => remove(entry)}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
        <div class="cw-row">
          <select
            aria-label="Add a sample"
            value=""
            onChange={({ currentTarget }) => {
              const sample = SAMPLES.find(({ name }) => name === currentTarget.value);
              currentTarget.value = '';
              if (sample) addEntry(sample.name, sample.source);
            }}
          >
            <option value="">Add a sample…</option>
            {SAMPLES.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
          <FileButton label="Add files…" take={(files) => void addFiles(files)} />
          <button type="button" onClick={addNew}>
            Write or paste one
          </button>
        </div>
      </div>
      <SettingsForm
        choice={choice}
        drawn={setup.kind === 'ready' ? setup.battle.setup.positions : null}
      />
      {setup.kind === 'ready' ? (
        <BattleView battle={setup.battle} />
      ) : (
        <section class="empty cw-faults" role="alert">
          <h2>This battle cannot begin</h2>
          <ul>
            {setup.faults.map(({ message, entry }) => (
              <li key={message}>
                {message}{' '}
                {entry !== null && (
                  <button type="button" class="cw-link" onClick={() => edit(entries[entry]!.id)}>
                    Open the editor
                  </button>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
