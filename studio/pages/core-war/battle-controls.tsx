// What plays a battle, and goes to places of it.

import { useSignal } from '@preact/signals';
import { type Controller, SPEEDS } from './battle-controller.ts';

export function Controls({ controller }: { readonly controller: Controller }) {
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
