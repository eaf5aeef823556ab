// A warrior of a battle: its processes, and the code around each.

import { type Signal, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { plural } from '../../../src/core/index.ts';
import { formatInstruction, letterOf } from '../../../src/corewar/index.ts';
import { Badge } from './badge.tsx';
import type { Controller } from './battle-controller.ts';
import { describeTouch } from './core-canvas.tsx';
import { formatAddress } from './describe-step.ts';

/** Rows of a listing before and after the instruction that runs next. */
const BEFORE = 3;
const AFTER = 6;
const SHOWN_PROCESSES = 16;
const MAX_PROCESSES = 1000;

export function WarriorPanel({
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
