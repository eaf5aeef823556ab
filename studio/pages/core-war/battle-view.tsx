// A battle: map, controls, what the last instruction did, processes, breakpoints and cells.

import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { plural } from '../../../src/core/index.ts';
import { formatInstruction, letterOf } from '../../../src/corewar/index.ts';
import { Badge } from './badge.tsx';
import { type Controller, createController, SPEEDS } from './battle-controller.ts';
import { positionOfDeath, type ReplayBattle } from './battle-replay.ts';
import { CoreCanvas, describeTouch, MapLegend } from './core-canvas.tsx';
import { describeStep, formatAddress, formatCell } from './describe-step.ts';
import { parseCell } from './parse-cell.ts';

export function BattleView({ battle }: { readonly battle: ReplayBattle }) {
  const opened = useMemo(() => tryController(battle), [battle]);
  if ('fault' in opened) {
    return (
      <section class="empty" role="alert">
        <h2>This battle cannot begin</h2>
        <p>{opened.fault}</p>
      </section>
    );
  }
  return <Battle battle={battle} controller={opened.controller} />;
}

/** A browser may refuse WebAssembly, or the memory. */
function tryController(
  battle: ReplayBattle,
): { readonly controller: Controller } | { readonly fault: string } {
  try {
    return { controller: createController(battle) };
  } catch (error) {
    return { fault: (error as Error).message };
  }
}

function Battle({
  battle,
  controller,
}: {
  readonly battle: ReplayBattle;
  readonly controller: Controller;
}) {
  useEffect(() => () => controller.close(), [controller]);
  const selected = useSignal(0);
  const showsReads = useSignal(true);
  const zoom = useSignal(1);
  useEffect(() => {
    selected.value = battle.setup.positions[0]!;
  }, [battle]);
  return (
    <section class="cw-battle" aria-label="Battle" onKeyDown={(event) => onKey(event, controller)}>
      <div class="cw-stage">
        <Controls controller={controller} />
        <CoreCanvas
          controller={controller}
          selected={selected}
          showsReads={showsReads.value}
          zoom={zoom.value}
        />
        <div class="cw-under">
          <MapLegend warriors={battle.warriors.length} />
          <label class="toggle">
            <input
              type="checkbox"
              checked={showsReads.value}
              onChange={({ currentTarget }) => {
                showsReads.value = currentTarget.checked;
              }}
            />
            Show reads
          </label>
          <label class="toggle">
            Size of cells
            <select
              value={zoom.value}
              onChange={({ currentTarget }) => {
                zoom.value = Number(currentTarget.value);
              }}
            >
              <option value={1}>fit</option>
              <option value={2}>twice as large</option>
              <option value={3}>three times as large</option>
            </select>
          </label>
        </div>
        <p class="cw-keys">
          Keys: <kbd>p</kbd> plays and pauses, <kbd>s</kbd> steps, <kbd>b</kbd> steps back; on the
          map, arrows choose a cell.
        </p>
      </div>
      <div class="cw-side">
        <Standing controller={controller} />
        <LastStep controller={controller} />
        <CellPanel controller={controller} selected={selected} />
        <Breakpoints controller={controller} />
      </div>
      <div class="cw-warriors">
        {battle.warriors.map((_, warrior) => (
          <WarriorPanel
            key={warrior}
            controller={controller}
            warrior={warrior}
            selected={selected}
          />
        ))}
      </div>
    </section>
  );
}

/** Keys that work while the focus is in the battle, but not in a field. */
function onKey(event: KeyboardEvent, controller: Controller): void {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const target = event.target as HTMLElement;
  if (target.closest('input, select, textarea')) return;
  const isButton = target.closest('button, summary, a') !== null;
  const { key } = event;
  if (key === 'p' || (key === ' ' && !isButton)) {
    if (controller.isPlaying.value) controller.pause();
    else controller.play();
  } else if (key === 's') controller.step(1);
  else if (key === 'b') controller.step(-1);
  else return;
  event.preventDefault();
}

function Controls({ controller }: { readonly controller: Controller }) {
  controller.textVersion.value;
  const { replay } = controller;
  const isPlaying = controller.isPlaying.value;
  const position = replay.position();
  const { instructions, cycles } = replay.outcome();
  const next = replay.next();
  const cycle = next?.cycle ?? cycles;
  const isAtEnd = next === null;
  return (
    <section class="cw-controls" aria-label="Controls">
      <div class="cw-buttons">
        <button
          type="button"
          class="cw-play"
          onClick={() => (controller.isPlaying.value ? controller.pause() : controller.play())}
        >
          {isPlaying ? '❚❚ Pause' : isAtEnd ? '↻ Again' : '▶ Play'}
        </button>
        <div class="cw-steps">
          <Step
            label="To the beginning"
            sign="⇤"
            isOff={position === 0}
            go={() => controller.seek(0)}
          />
          <Step
            label="Back a cycle"
            sign="«"
            isOff={position === 0}
            go={() => controller.stepCycle(-1)}
          />
          <Step
            label="Back an instruction"
            sign="‹"
            isOff={position === 0}
            go={() => controller.step(-1)}
          />
          <Step
            label="Step an instruction"
            sign="›"
            isOff={isAtEnd}
            go={() => controller.step(1)}
          />
          <Step label="Step a cycle" sign="»" isOff={isAtEnd} go={() => controller.stepCycle(1)} />
          <Step
            label="To the end"
            sign="⇥"
            isOff={isAtEnd}
            go={() => controller.seek(instructions)}
          />
        </div>
        <label class="cw-speed">
          <span class="cw-label">Speed</span>
          <select
            value={controller.speed.value}
            onChange={({ currentTarget }) => {
              controller.speed.value = Number(currentTarget.value);
            }}
          >
            {SPEEDS.map((speed) => (
              <option key={speed} value={speed}>
                {speed.toLocaleString('en-US')} {speed === 1 ? 'cycle' : 'cycles'}/s
              </option>
            ))}
          </select>
        </label>
        <JumpToCycle controller={controller} />
      </div>
      <label class="cw-time">
        <span class="cw-hidden">Position in the round, in instructions</span>
        <input
          type="range"
          min={0}
          max={instructions}
          step={1}
          value={position}
          aria-valuetext={`cycle ${cycle} of ${cycles}`}
          onInput={({ currentTarget }) => controller.seek(Number(currentTarget.value))}
        />
      </label>
      <p class="cw-clock">
        Cycle <b data-cycle>{cycle.toLocaleString('en-US')}</b> of {cycles.toLocaleString('en-US')},
        instruction <b data-position>{position.toLocaleString('en-US')}</b> of{' '}
        {instructions.toLocaleString('en-US')}
        {controller.goal.value !== null && (
          <span class="cw-going"> going to {controller.goal.value.toLocaleString('en-US')}…</span>
        )}
      </p>
    </section>
  );
}

function Step({
  label,
  sign,
  isOff,
  go,
}: {
  readonly label: string;
  readonly sign: string;
  readonly isOff: boolean;
  readonly go: () => void;
}) {
  // Not `disabled`: the focus would be lost where a key has led to the end.
  return (
    <button
      type="button"
      class="cw-step"
      aria-label={label}
      title={label}
      aria-disabled={isOff}
      onClick={() => {
        if (!isOff) go();
      }}
    >
      {sign}
    </button>
  );
}

function JumpToCycle({ controller }: { readonly controller: Controller }) {
  const text = useSignal('');
  return (
    <form
      class="cw-jump"
      onSubmit={(event) => {
        event.preventDefault();
        const cycle = Number(text.value);
        if (text.value.trim() !== '' && Number.isInteger(cycle) && cycle >= 0) {
          controller.seekCycle(cycle);
        }
      }}
    >
      <label>
        <span class="cw-label">Go to cycle</span>
        <input
          type="number"
          min={0}
          step={1}
          inputMode="numeric"
          value={text.value}
          placeholder="0"
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
      </label>
      <button type="submit">Go</button>
    </form>
  );
}

/** Who is alive, and the deaths to jump to. */
function Standing({ controller }: { readonly controller: Controller }) {
  controller.textVersion.value;
  const { replay } = controller;
  const { warriors, setup } = replay.battle;
  const outcome = replay.outcome();
  return (
    <section class="cw-card" aria-labelledby="cw-standing">
      <h2 id="cw-standing">Warriors</h2>
      <ul class="cw-standing">
        {warriors.map(({ name }, warrior) => {
          const count = replay.queue(warrior).length;
          const at = positionOfDeath(warrior, outcome, setup.first);
          const isDead = at !== null && replay.position() >= at;
          return (
            <li key={warrior}>
              <Badge warrior={warrior} /> <b class="cw-name">{name}</b>
              <span class="cw-count" data-processes={count}>
                {isDead ? 'dead' : plural(count, 'process', 'processes')}
              </span>
              {at === null ? (
                <span class="cw-fate">survives</span>
              ) : (
                <button
                  type="button"
                  class="cw-link cw-fate"
                  aria-label={`${name}, death in cycle ${outcome.deaths[warrior]!.toLocaleString('en-US')}: go there`}
                  onClick={() => controller.seekDeath(warrior)}
                >
                  death in cycle {outcome.deaths[warrior]!.toLocaleString('en-US')}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      <p class="cw-message" role="status">
        {controller.message.value}
      </p>
    </section>
  );
}

function LastStep({ controller }: { readonly controller: Controller }) {
  controller.textVersion.value;
  const { replay } = controller;
  const { settings, warriors } = replay.battle;
  const last = replay.last();
  return (
    <section class="cw-card cw-last" aria-labelledby="cw-last">
      <h2 id="cw-last">Last instruction</h2>
      {last === null ? (
        <p class="note">Nothing was executed yet. Step once, or play.</p>
      ) : (
        <div data-last={last.address} data-warrior={last.warrior}>
          <p class="cw-executed">
            <Badge warrior={last.warrior} />{' '}
            <span class="cw-name">{warriors[last.warrior]!.name}</span>, cycle{' '}
            {last.cycle.toLocaleString('en-US')}
          </p>
          <p class="cw-executed">
            <code data-executed>
              {formatAddress(last.address, settings)} {formatCell(last.instruction, settings)}
            </code>
          </p>
          <ul class="cw-effects">
            {describeStep(last, settings).map((line, i) => (
              <li key={i}>{line}</li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

/** Rows of a listing before and after the instruction that runs next. */
const BEFORE = 3;
const AFTER = 6;
const SHOWN_PROCESSES = 16;
const MAX_PROCESSES = 1000;

function WarriorPanel({
  controller,
  warrior,
  selected,
}: {
  readonly controller: Controller;
  readonly warrior: number;
  readonly selected: Signal<number>;
}) {
  controller.textVersion.value;
  const showsAll = useSignal(false);
  const { replay } = controller;
  const { settings, warriors, setup } = replay.battle;
  const { coreSize } = settings;
  const { name, author, instructions, start } = warriors[warrior]!;
  const queue = replay.queue(warrior);
  const last = replay.last();
  /** Which process the listing is about, by its place in the queue. */
  const chosen = useSignal(0);
  const process = Math.min(chosen.value, Math.max(0, queue.length - 1));
  const center = useRef(setup.positions[warrior]! + start);
  // A dead warrior's listing stays where its last process ended.
  const around = queue[process] ?? (last?.warrior === warrior ? last.address : center.current);
  center.current = around;
  const choose = (next: number) => {
    chosen.value = (next + queue.length) % queue.length;
  };
  const processes = new Map<number, number>();
  for (const address of queue) processes.set(address, (processes.get(address) ?? 0) + 1);
  const rows = Math.min(coreSize, BEFORE + 1 + AFTER);
  const addresses = Array.from(
    { length: rows },
    (_, i) => (((around - Math.min(BEFORE, rows - 1) + i) % coreSize) + coreSize) % coreSize,
  );
  const limit = showsAll.value ? MAX_PROCESSES : SHOWN_PROCESSES;
  const isNext = replay.next()?.warrior === warrior;
  return (
    <section class="cw-card cw-warrior" aria-label={`Warrior ${name}`} data-panel={warrior}>
      <h2>
        <Badge warrior={warrior} /> {name}{' '}
        <span class="cw-author">
          by {author}, {plural(instructions.length, 'instruction')} at {setup.positions[warrior]}
        </span>
      </h2>
      <table class="cw-listing">
        <caption class="cw-hidden">
          Cells around the next process of {name}: processes, address, instruction, and who touched
          it last
        </caption>
        <tbody>
          {addresses.map((address, row) => {
            const isHead = address === queue[0];
            const count = processes.get(address) ?? 0;
            const owner = replay.touched.owners[address]!;
            return (
              // By place: rows stay as what they show moves on.
              <tr key={row} class={isHead ? 'next' : address === around ? 'around' : undefined}>
                <td class="cw-mark">
                  {isHead ? (isNext ? '▶' : '▷') : count > 0 ? '•' : ''}
                  {count > 1 && <span class="cw-times">{count}</span>}
                </td>
                <td class="cw-at">
                  <button
                    type="button"
                    class="cw-link"
                    onClick={() => {
                      selected.value = address;
                    }}
                  >
                    {formatAddress(address, settings)}
                  </button>
                </td>
                <td>
                  <code>{formatInstruction(replay.cell(address), coreSize)}</code>
                </td>
                <td class="cw-owner" title={describeTouch(controller, address)}>
                  {owner === 0 ? '' : letterOf(owner - 1).toUpperCase()}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <div class="cw-row cw-process">
        <button
          type="button"
          class="cw-step"
          aria-label={`Previous process of ${name}`}
          title="Previous process"
          aria-disabled={queue.length < 2}
          onClick={() => {
            if (queue.length > 1) choose(process - 1);
          }}
        >
          ‹
        </button>
        <span data-process={warrior}>
          {queue.length === 0
            ? 'where the last process ended'
            : `process ${(process + 1).toLocaleString('en-US')} of ${queue.length.toLocaleString('en-US')}${process === 0 ? ', which runs next' : ''}`}
        </span>
        <button
          type="button"
          class="cw-step"
          aria-label={`Next process of ${name}`}
          title="Next process"
          aria-disabled={queue.length < 2}
          onClick={() => {
            if (queue.length > 1) choose(process + 1);
          }}
        >
          ›
        </button>
      </div>
      <p class="cw-queue">
        <span class="cw-queue-title">
          {queue.length === 0
            ? 'No process is left.'
            : `Queue, ${plural(queue.length, 'process', 'processes')}:`}
        </span>{' '}
        <code data-queue={warrior}>
          {Array.from(queue.subarray(0, limit), (address) => formatAddress(address, settings)).join(
            ' ',
          )}
        </code>{' '}
        {queue.length > SHOWN_PROCESSES && (
          <button
            type="button"
            class="cw-link"
            aria-expanded={showsAll.value}
            onClick={() => {
              showsAll.value = !showsAll.value;
            }}
          >
            {showsAll.value
              ? 'fewer'
              : `and ${(queue.length - SHOWN_PROCESSES).toLocaleString('en-US')} more`}
          </button>
        )}
        {showsAll.value && queue.length > MAX_PROCESSES && ` the first ${MAX_PROCESSES}`}
      </p>
    </section>
  );
}

function CellPanel({
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
  useEffect(() => {
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

function Breakpoints({ controller }: { readonly controller: Controller }) {
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
