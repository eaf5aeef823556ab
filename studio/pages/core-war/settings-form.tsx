// The settings of a battle: size and limits of the core, and where the warriors begin.

import { type Signal, useSignal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import {
  type CoreSettings,
  letterOf,
  makeSettings,
  namedSettings,
  SETTING_NAMES,
  type SettingName,
} from '../../../src/corewar/index.ts';
import { type BattleChoice, checkSettings, LIMITS, parsePositions } from './battle-setup.ts';
import { NumberField } from './number-field.tsx';

const FIELDS = [
  ['coreSize', 'Core size'],
  ['maxCycles', 'Cycles'],
  ['maxProcesses', 'Processes'],
  ['maxLength', 'Length'],
  ['minSeparation', 'Distance'],
  ['readLimit', 'Read limit'],
  ['writeLimit', 'Write limit'],
] as const;

/** What a setting is for, beside its name. */
const REMARKS: Partial<Record<SettingName, string>> = {
  '94': 'usual',
  '94nop': 'usual, without P-space',
  '94x': 'large',
  '88': 'older rules',
};

/** `drawn`: where the warriors begin in the battle that is shown. */
export function SettingsForm({
  choice,
  drawn,
}: {
  readonly choice: Signal<BattleChoice>;
  readonly drawn: readonly number[] | null;
}) {
  const { setting, settings, seed, round, positions, first, entries } = choice.value;
  const text = useSignal('');
  const fault = useSignal<string | null>(null);
  // At once, as in the panel of a cell.
  useLayoutEffect(() => {
    text.value = positions === null ? '' : positions.join(', ');
    fault.value = null;
  }, [positions]);
  const set = (change: Partial<BattleChoice>) => {
    choice.value = { ...choice.value, ...change };
  };
  const setNumber = (name: keyof CoreSettings, value: number) => {
    let next: CoreSettings = { ...settings, [name]: value };
    if (name === 'coreSize') {
      const { pspaceSize } = makeSettings({ coreSize: value });
      const reach = (limit: number) => (limit === settings.coreSize ? value : limit);
      next = {
        ...next,
        pspaceSize,
        readLimit: reach(settings.readLimit),
        writeLimit: reach(settings.writeLimit),
      };
    }
    set({ setting: 'custom', settings: next });
  };
  const problem = checkSettings(settings);
  return (
    <details class="cw-settings">
      <summary>
        Settings: {setting}, core of {settings.coreSize.toLocaleString('en-US')},{' '}
        {positions === null ? `seed ${seed}, round ${round + 1}` : 'given positions'}
      </summary>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          Setting
          <select
            value={setting}
            onChange={({ currentTarget }) => {
              const name = SETTING_NAMES.find((one) => one === currentTarget.value);
              if (name) set({ setting: name, settings: namedSettings(name) });
              else set({ setting: 'custom' });
            }}
          >
            {SETTING_NAMES.map((name) => (
              <option key={name} value={name}>
                {name}
                {REMARKS[name] && ` (${REMARKS[name]})`}
              </option>
            ))}
            <option value="custom">custom</option>
          </select>
        </label>
        {FIELDS.map(([name, label]) => (
          <NumberField
            key={name}
            label={label}
            value={settings[name]}
            min={1}
            max={2 ** 30}
            set={(value) => setNumber(name, value)}
          />
        ))}
      </form>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <NumberField
          label="Seed"
          value={seed}
          min={0}
          max={2 ** 31}
          set={(value) => set({ seed: value })}
        />
        <NumberField
          label="Round"
          value={round + 1}
          min={1}
          max={LIMITS.round}
          set={(value) => set({ round: value - 1 })}
        />
        <label>
          Positions
          <input
            type="text"
            class="cw-positions"
            placeholder={drawn === null ? 'drawn from the seed' : drawn.join(', ')}
            value={text.value}
            aria-invalid={fault.value !== null}
            onInput={({ currentTarget }) => {
              text.value = currentTarget.value;
            }}
            onChange={() => {
              const parsed = parsePositions(text.value);
              fault.value = typeof parsed === 'string' ? parsed : null;
              if (typeof parsed !== 'string') set({ positions: parsed });
            }}
          />
        </label>
        <label>
          Moves first
          <select
            value={first ?? ''}
            onChange={({ currentTarget }) => {
              set({ first: currentTarget.value === '' ? null : Number(currentTarget.value) });
            }}
          >
            <option value="">in turn, by round</option>
            {entries.map(({ id, name }, i) => (
              <option key={id} value={i}>
                {letterOf(i).toUpperCase()} {name}
              </option>
            ))}
          </select>
        </label>
      </form>
      {(fault.value ?? problem) !== null && (
        <p class="cw-fault" role="alert">
          {fault.value ?? problem}
        </p>
      )}
      <p class="note">
        With the same settings, seed and round, <code>primordia battle</code> plays the same round.
        A limit is the core size where there is none; limits divide the core size.
      </p>
    </details>
  );
}
