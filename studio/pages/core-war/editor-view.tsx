// Warriors as text: an editor with the assembler's messages, and the listing of what was assembled.

import { type Signal, useSignal } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import { plural } from '../../../src/core/index.ts';
import {
  formatListing,
  MODE_TABLE,
  MODES,
  MODIFIER_TABLE,
  MODIFIERS,
  OPCODE_TABLE,
  OPCODES,
} from '../../../src/corewar/index.ts';
import { Badge } from './badge.tsx';
import { assembleEntry, type BattleChoice } from './battle-setup.ts';
import { RedcodeEditor } from './redcode-editor.tsx';

export type EditorViewProps = {
  readonly choice: Signal<BattleChoice>;
  /** The id of the warrior that is edited. */
  readonly editing: Signal<number>;
  readonly addNew: () => void;
};

export function EditorView({ choice, editing, addNew }: EditorViewProps) {
  const { entries, setting, settings } = choice.value;
  const place = Math.max(
    0,
    entries.findIndex(({ id }) => id === editing.value),
  );
  const entry = entries[place];
  const goTo = useSignal<{ line: number; column: number } | null>(null);
  const count = entries.length;
  const assembleNow = useCallback(
    (source: string) =>
      assembleEntry(source, { setting, settings }, { warriors: count, isFirst: place === 0 }),
    [setting, settings, count, place],
  );
  const check = useCallback((source: string) => assembleNow(source).diagnostics, [assembleNow]);
  if (entry === undefined) {
    return (
      <p class="note cw-empty">
        There is no warrior to edit.{' '}
        <button type="button" onClick={addNew}>
          Write one
        </button>
      </p>
    );
  }
  const { warrior, diagnostics } = assembleNow(entry.source);
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const update = (change: { readonly name?: string; readonly source?: string }) => {
    choice.value = {
      ...choice.value,
      entries: choice.value.entries.map((one) =>
        one.id === entry.id ? { ...one, ...change } : one,
      ),
    };
  };
  return (
    <section class="cw-edit" aria-label="Editor">
      <section class="cw-row cw-files" aria-label="Warriors of the battle">
        {entries.map(({ id, name }, i) => (
          <button
            key={id}
            type="button"
            aria-pressed={id === entry.id}
            onClick={() => {
              editing.value = id;
            }}
          >
            <Badge warrior={i} /> {name}
          </button>
        ))}
        <button type="button" onClick={addNew}>
          New warrior
        </button>
      </section>
      <div class="cw-columns">
        <div>
          <div class="cw-row">
            <label class="cw-field">
              Name in the list
              <input
                type="text"
                maxLength={60}
                value={entry.name}
                onInput={({ currentTarget }) => update({ name: currentTarget.value })}
              />
            </label>
            <a
              class="cw-save"
              download={`${entry.name.replace(/[^\w-]+/g, '-') || 'warrior'}.red`}
              href={`data:text/plain;charset=utf-8,${encodeURIComponent(entry.source)}`}
            >
              Save as .red
            </a>
          </div>
          <RedcodeEditor
            id={entry.id}
            source={entry.source}
            label={`Redcode of ${entry.name}`}
            check={check}
            onChange={(source) => update({ source })}
            goTo={goTo.value}
          />
        </div>
        <div>
          <h2>Assembler</h2>
          <p role="status" class={errors > 0 ? 'cw-fault' : 'note'} data-errors={errors}>
            {errors > 0
              ? `${plural(errors, 'error')}: the warrior cannot fight yet.`
              : `It assembles, ${plural(warrior!.instructions.length, 'instruction')}.`}
            {warnings > 0 && ` ${plural(warnings, 'warning')}.`}
          </p>
          {diagnostics.length > 0 && (
            <ul class="cw-diagnostics">
              {diagnostics.map(({ line, column, severity, message, hint }, i) => (
                <li key={i} class={severity}>
                  <button
                    type="button"
                    class="cw-link"
                    onClick={() => {
                      goTo.value = { line, column };
                    }}
                  >
                    Line {line}
                  </button>
                  , {severity}: {message}
                  {hint !== undefined && ` (${hint})`}
                </li>
              ))}
            </ul>
          )}
          <h2>Listing</h2>
          {warrior === null ? (
            <p class="note">The listing appears once the warrior assembles.</p>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of a keyboard
            <section class="cw-list" tabIndex={0} aria-label={`Listing of ${entry.name}`}>
              <pre>
                {formatListing(warrior, settings, setting === '88' ? '88' : '94').trimEnd()}
              </pre>
            </section>
          )}
        </div>
      </div>
      <Manual />
    </section>
  );
}

/** Redcode in short, from the assembler's own tables. */
function Manual() {
  return (
    <details class="cw-manual">
      <summary>Redcode in short</summary>
      <div class="cw-manual-text">
        <p>
          A line is <code>label OPCODE.modifier modeA, modeB ; comment</code>. Operands are relative
          to the line that they stand in; a label stands for the distance to its line.
        </p>
        <Words title="Opcodes" words={OPCODES.map((one) => [one, OPCODE_TABLE[one].summary])} />
        <Words title="Modifiers" words={MODIFIERS.map((one) => [`.${one}`, MODIFIER_TABLE[one]])} />
        <Words title="Modes" words={MODES.map((one) => [one, MODE_TABLE[one]])} />
      </div>
    </details>
  );
}

function Words({
  title,
  words,
}: {
  readonly title: string;
  readonly words: readonly (readonly [word: string, meaning: string])[];
}) {
  return (
    <section>
      <h3>{title}</h3>
      <dl class="cw-words">
        {words.map(([word, meaning]) => (
          <div key={word}>
            <dt>
              <code>{word}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
