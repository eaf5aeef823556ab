// A cell that can be changed, and where a battle stops.

import { type Signal, useSignal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { plural } from '../../../src/core/index.ts';
import type { Controller } from './battle-controller.ts';
import { describeTouch } from './core-canvas.tsx';
import { formatAddress, formatCell } from './describe-step.ts';
import { parseCell } from './parse-cell.ts';

export function CellPanel({
  controller,
  selected,
}: {
  readonly controller: Controller;
  readonly selected: Signal<number>;
}) {
  controller.textVersion.value;
  const { replay, addressStops } = controller;
  const { settings } = replay.battle;
  const text = useSignal('');
  const fault = useSignal<string | null>(null);
  const address = selected.value;
  const shown = formatCell(replay.cell(address), settings);
  const isPlaying = controller.isPlaying.value;
  const hasStop = addressStops.value.has(address);
  const edits = replay.edits();
  // At once: after the next frame, it would undo what was typed meanwhile.
  useLayoutEffect(() => {
    text.value = shown;
    fault.value = null;
  }, [address, shown]);
  const write = () => {
    const parsed = parseCell(text.value, settings);
    if ('fault' in parsed) {
      fault.value = parsed.fault;
      return;
    }
    fault.value = null;
    replay.edit(address, parsed.instruction);
    controller.refresh();
  };
  return (
    <section class="cw-card" aria-labelledby="cw-cell">
      <h2 id="cw-cell">Cell</h2>
      <form
        class="cw-cell"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isPlaying) write();
        }}
      >
        <label>
          <span class="cw-label">Address</span>
          <input
            type="number"
            class="cw-address"
            min={0}
            max={settings.coreSize - 1}
            value={address}
            onInput={({ currentTarget }) => {
              const value = currentTarget.valueAsNumber;
              if (Number.isInteger(value) && value >= 0 && value < settings.coreSize) {
                selected.value = value;
              }
            }}
          />
        </label>
        <label class="cw-grow">
          <span class="cw-label">Instruction</span>
          <input
            type="text"
            class="cw-code"
            spellcheck={false}
            autocomplete="off"
            autocapitalize="off"
            value={text.value}
            disabled={isPlaying}
            aria-invalid={fault.value !== null}
            aria-describedby="cw-cell-fault"
            onInput={({ currentTarget }) => {
              text.value = currentTarget.value;
            }}
          />
        </label>
        <button type="submit" disabled={isPlaying || text.value === shown}>
          Write
        </button>
      </form>
      <p id="cw-cell-fault" class={fault.value === null ? 'note' : 'cw-fault'} role="status">
        {fault.value ??
          (isPlaying ? 'Pause to change a cell.' : sentence(describeTouch(controller, address)))}
      </p>
      <div class="cw-row">
        <button
          type="button"
          aria-pressed={hasStop}
          onClick={() => {
            addressStops.value = toggled(addressStops.value, address);
            controller.refresh();
          }}
        >
          {hasStop ? 'Remove breakpoint' : 'Break here'}
        </button>
        {edits.length > 0 && (
          <button
            type="button"
            onClick={() => {
              replay.removeEdits();
              controller.seek(0);
            }}
          >
            Undo {plural(edits.length, 'change')} and begin again
          </button>
        )}
      </div>
    </section>
  );
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

function toggled(set: ReadonlySet<number>, value: number): ReadonlySet<number> {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
}

export function Breakpoints({ controller }: { readonly controller: Controller }) {
  const { addressStops, cycleStops, replay } = controller;
  const text = useSignal('');
  const kind = useSignal<'address' | 'cycle'>('address');
  const fault = useSignal<string | null>(null);
  const { settings } = replay.battle;
  const add = () => {
    const value = Number(text.value);
    const most = kind.value === 'address' ? settings.coreSize - 1 : settings.maxCycles;
    if (text.value.trim() === '' || !Number.isInteger(value) || value < 0 || value > most) {
      fault.value = `Give a whole number from 0 to ${most.toLocaleString('en-US')}.`;
      return;
    }
    fault.value = null;
    text.value = '';
    const stops = kind.value === 'address' ? addressStops : cycleStops;
    stops.value = new Set([...stops.value, value]);
    controller.refresh();
  };
  const list = [
    ...[...addressStops.value]
      .sort((a, b) => a - b)
      .map((value) => ({ kind: 'address', value }) as const),
    ...[...cycleStops.value]
      .sort((a, b) => a - b)
      .map((value) => ({ kind: 'cycle', value }) as const),
  ];
  return (
    <section class="cw-card" aria-labelledby="cw-breaks">
      <h2 id="cw-breaks">Breakpoints</h2>
      <form
        class="cw-cell"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <label>
          <span class="cw-label">Before</span>
          <select
            value={kind.value}
            onChange={({ currentTarget }) => {
              kind.value = currentTarget.value as 'address' | 'cycle';
            }}
          >
            <option value="address">address</option>
            <option value="cycle">cycle</option>
          </select>
        </label>
        <label>
          <span class="cw-label">Number</span>
          <input
            type="number"
            class="cw-address"
            min={0}
            value={text.value}
            onInput={({ currentTarget }) => {
              text.value = currentTarget.value;
            }}
          />
        </label>
        <button type="submit">Add</button>
      </form>
      {fault.value !== null && (
        <p class="cw-fault" role="alert">
          {fault.value}
        </p>
      )}
      {list.length === 0 ? (
        <p class="note">
          None. While it plays, the battle stops before such an address is executed, or where such a
          cycle begins.
        </p>
      ) : (
        <ul class="cw-breaks">
          {list.map(({ kind: one, value }) => (
            <li key={`${one} ${value}`}>
              {one}{' '}
              {one === 'address' ? formatAddress(value, settings) : value.toLocaleString('en-US')}{' '}
              <button
                type="button"
                class="cw-link"
                aria-label={`Remove the breakpoint at ${one} ${value}`}
                onClick={() => {
                  const stops = one === 'address' ? addressStops : cycleStops;
                  stops.value = toggled(stops.value, value);
                  controller.refresh();
                }}
              >
                remove
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
