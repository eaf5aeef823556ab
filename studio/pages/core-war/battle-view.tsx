// A battle: map, controls, what the last instruction did, processes, breakpoints and cells.

import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { plural } from '../../../src/core/index.ts';
import { Badge } from './badge.tsx';
import { type Controller, createController } from './battle-controller.ts';
import { Controls } from './battle-controls.tsx';
import { positionOfDeath, type ReplayBattle } from './battle-replay.ts';
import { Breakpoints, CellPanel } from './cell-panels.tsx';
import { CoreCanvas, MapLegend } from './core-canvas.tsx';
import { describeStep, formatAddress, formatCell } from './describe-step.ts';
import { WarriorPanel } from './warrior-panel.tsx';

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
