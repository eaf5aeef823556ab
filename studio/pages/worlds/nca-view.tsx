// Rules of neural cellular automata, many at a time: a sheet that plays, the rules that the reader keeps, and one of them large.

import { effect, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { CodeWords } from '../../../src/report/components/code-words.tsx';
import { nca } from '../../../src/worlds/nca/define-nca.ts';
import { encodeNca, ncaFrame, type RatioBounds } from '../../../src/worlds/nca/index.ts';
import { drawCells } from '../../parts/draw-cells.ts';
import type { Player } from '../../parts/player.ts';
import { PlayerControls } from '../../parts/player-controls.tsx';
import { type Field, readFields, readOptions } from '../../parts/schema-fields.ts';
import { SchemaForm } from '../../parts/schema-form.tsx';
import { TokenList } from '../../parts/token-list.tsx';
import { usePlayer } from '../../parts/use-player.ts';
import { addressOf } from '../../routes.ts';
import { useDraft } from '../../use-draft.ts';
import { chooseLength } from './draw-world.ts';
import { createTokenReader, placeOfToken } from './explain-token.ts';
import { Fault, type FaultProps } from './fault.tsx';
import type { FoundRule, RuleEvent, RuleName } from './find-rules.ts';
import { readCount } from './read-count.ts';
import { formatRuleName, formatRuleNames, parseRuleNames, renderCommand } from './rule-command.ts';
import { useWorker } from './use-worker.ts';
import type { ViewProps } from './worlds-page.tsx';

const SHEETS = [12, 24, 48, 96, 192] as const;
const DEFAULT_SHEET = 24;
/** Fields that stand before the others. */
const FIRST_FIELDS = ['colors', 'band', 'temperature', 'identityBias', 'grid'];
const SUGGESTIONS = {
  rules: '16',
  'band:absolute.low': '0.3',
  'band:absolute.high': '0.5',
  'band:percentile.low': '80',
  'band:percentile.high': '100',
};

type World = Extract<RuleEvent, { kind: 'world' }>;
type Search = { readonly isOver: boolean; readonly drawn: number };

export function NcaView({ texts, change }: ViewProps) {
  const fields = useMemo(() => readFields(nca.options), []);
  const options = readOptions(fields, texts);
  const seed = readCount(texts.seed, 0);
  const seedDraft = useDraft(seed, (text) => change({ seed: text || null }));
  const sheet = SHEETS.find((size) => String(size) === texts.sheet) ?? DEFAULT_SHEET;
  const kept = parseRuleNames(texts.keep ?? '');
  const isKept = (name: RuleName) => includes(kept, name);

  const rules = useSignal<readonly FoundRule[]>([]);
  const known = useSignal<ReadonlyMap<string, FoundRule>>(new Map());
  const world = useSignal<World | null>(null);
  const search = useSignal<Search>({ isOver: false, drawn: 0 });
  const fault = useSignal<FaultProps | null>(null);
  const player = usePlayer(world.value?.frames ?? 1, 10);

  const remember = (rule: FoundRule) => {
    known.value = new Map(known.value).set(formatRuleName(rule), rule);
  };
  const given = { ...options, sequenceLength: lengthOf(options) };
  const wanted = { options: given, seed, count: sheet };
  // What is kept by a click is known already: it is asked for where the address says it.
  const asked = useRef({ identity: '', names: kept });
  const identity = JSON.stringify(wanted);
  const named = [...kept, ...parseRuleNames(texts.open ?? '')];
  const isNew = (name: RuleName) =>
    !known.value.has(formatRuleName(name)) && !includes(asked.current.names, name);
  if (asked.current.identity !== identity || named.some(isNew)) {
    asked.current = { identity, names: named };
  }
  useWorker(
    { kind: 'rules', request: { ...wanted, kept: asked.current.names } },
    () => {
      rules.value = [];
      known.value = new Map();
      search.value = { isOver: false, drawn: 0 };
      fault.value = null;
    },
    (answer) => {
      if (answer.kind === 'error') fault.value = answer;
      if (answer.kind !== 'rules') return;
      const { event } = answer;
      if (event.kind === 'world') world.value = event;
      else if (event.kind === 'end') search.value = { isOver: true, drawn: event.drawn };
      else {
        remember(event.rule);
        if (event.kind === 'rule') rules.value = [...rules.value, event.rule];
      }
    },
  );

  const opened = known.value.get(texts.open ?? '') ?? rules.value[0];
  const toggle = ({ seed, number }: RuleName) => {
    const name = { seed, number };
    const next = isKept(name) ? without(kept, name) : [...kept, name];
    change({ keep: formatRuleNames(next), open: formatRuleName(name) });
  };

  return (
    <>
      <div class="controls">
        <label>
          seed
          <input type="text" inputMode="numeric" autocomplete="off" {...seedDraft} />
        </label>
        <button type="button" onClick={() => change({ seed: `${seed + 1}` })}>
          Other rules
        </button>
        <label>
          rules at once
          <select
            value={sheet}
            onChange={({ currentTarget: { value } }) =>
              change({ sheet: value === `${DEFAULT_SHEET}` ? null : value })
            }
          >
            {SHEETS.map((size) => (
              <option key={size} value={size}>
                {size}
              </option>
            ))}
          </select>
        </label>
        <p class="search-state" role="status">
          {fault.value ? '' : describeSearch(search.value, rules.value.length, world.value?.bounds)}
        </p>
      </div>
      <NcaForm fields={fields} texts={texts} change={change} />
      {fault.value && <Fault {...fault.value} />}
      <PlayerControls player={player} />
      <div class="nca">
        <section aria-label="Rules that play">
          <p class="note">
            Each square is a rule of its own: a random network that says what a cell becomes by its
            neighbors. Click one to keep it and to see it large. A model that learns such a rule is
            on the page <a href={addressOf('train')}>Train</a>.
          </p>
          <div class={`sheet sheet-${sheet}`}>
            {Array.from({ length: search.value.isOver ? rules.value.length : sheet }, (_, i) => {
              const rule = rules.value[i];
              if (!rule) return <div key={i} class="rule-place" aria-hidden="true" />;
              return (
                <button
                  key={i}
                  type="button"
                  class="rule"
                  aria-pressed={isKept(rule)}
                  aria-label={`Rule ${rule.number}, gzip ratio ${rule.ratio.toFixed(2)}`}
                  onClick={() => toggle(rule)}
                >
                  <RuleCanvas rule={rule} player={player} />
                  <span class="rule-name" aria-hidden="true">
                    {isKept(rule) ? '★ ' : ''}
                    {rule.number}
                  </span>
                </button>
              );
            })}
          </div>
        </section>
        <section class="opened" aria-label="One rule, large">
          {opened && world.value ? (
            <OpenedRule
              rule={opened}
              world={world.value}
              player={player}
              isKept={isKept(opened)}
              toggle={() => toggle(opened)}
            />
          ) : (
            <div class="opened-place" aria-hidden="true" />
          )}
          <Kept kept={kept} known={known.value} player={player} change={change} />
        </section>
      </div>
    </>
  );
}

function includes(names: readonly RuleName[], { seed, number }: RuleName): boolean {
  return names.some((name) => name.seed === seed && name.number === number);
}

function without(names: readonly RuleName[], { seed, number }: RuleName): RuleName[] {
  return names.filter((name) => name.seed !== seed || name.number !== number);
}

function lengthOf(options: Readonly<Record<string, unknown>>): number {
  const parsed = nca.options.safeParse(options);
  const length = parsed.success ? chooseLength('nca', parsed.data) : Number.NaN;
  return Number.isFinite(length) ? length : 1024;
}

function describeSearch(
  { isOver, drawn }: Search,
  found: number,
  bounds: RatioBounds | null | undefined,
): string {
  if (!isOver) return `drawing rules… ${found}`;
  const round = (ratio: number) => Number(ratio.toFixed(3));
  const high = bounds && Number.isFinite(bounds.high) ? ` to ${round(bounds.high)}` : ' and above';
  const band = bounds ? ` with gzip ratios ${round(bounds.low)}${high}` : '';
  return `${found} of ${drawn} random rules${band}`;
}

function NcaForm({
  fields,
  texts,
  change,
}: { readonly fields: readonly Field[] } & Pick<ViewProps, 'texts' | 'change'>) {
  const first = FIRST_FIELDS.flatMap((path) => fields.filter((field) => field.path === path));
  const rest = fields.filter((field) => !first.includes(field));
  const form = (some: readonly Field[]) => (
    <div class="form-grid">
      <SchemaForm fields={some} texts={texts} change={change} suggestions={SUGGESTIONS} />
    </div>
  );
  return (
    <details class="options" open={rest.some(({ path }) => texts[path] !== undefined)}>
      <summary>Options</summary>
      {form(first)}
      {form(rest)}
    </details>
  );
}

function RuleCanvas({ rule, player }: { readonly rule: FoundRule; readonly player: Player }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { grid, cells, frames } = rule;
  useEffect(
    () =>
      effect(() => {
        const frame = Math.min(player.frame.value, frames - 1);
        if (canvas.current) drawCells(canvas.current, grid, grid, cells, frame * grid * grid);
      }),
    [cells, grid, frames, player],
  );
  return <canvas ref={canvas} class="cells" width={grid} height={grid} />;
}

function OpenedRule({
  rule,
  world,
  player,
  isKept,
  toggle,
}: {
  readonly rule: FoundRule;
  readonly world: World;
  readonly player: Player;
  readonly isKept: boolean;
  readonly toggle: () => void;
}) {
  const { options } = world;
  const command = renderCommand(options, rule);
  const frame = ncaFrame(options);
  const frameLength = (frame.width / frame.patch.width) ** 2 + 2;
  // A rule that was found under other options is about to be replaced.
  const fits = rule.grid === options.grid;
  const tokens = useMemo(
    () => (fits ? encodeNca(options, rule) : new Int32Array(0)),
    [rule, world],
  );
  const targets = useMemo(
    () => new Uint8Array(tokens.length).fill(1, frameLength),
    [tokens, frameLength],
  );
  const drawing = { kind: 'nca', options, frame, frameLength, tokens, rule: null };
  const pointed = useSignal<number | null>(null);
  const place = pointed.value === null ? null : placeOfToken(frame, frameLength, pointed.value);
  return (
    <>
      <div class="large-rule" role="img" aria-label={`Rule ${rule.number} of seed ${rule.seed}`}>
        <RuleCanvas rule={rule} player={player} />
        {place && (
          <span
            class="patch"
            style={{
              left: `${(100 * place.column * frame.patch.width) / frame.width}%`,
              top: `${(100 * place.row * frame.patch.height) / frame.height}%`,
              width: `${(100 * frame.patch.width) / frame.width}%`,
              height: `${(100 * frame.patch.height) / frame.height}%`,
            }}
          />
        )}
      </div>
      <p class="rule-facts">
        <strong>Rule {rule.number}</strong> of seed {rule.seed} · gzip ratio {rule.ratio.toFixed(3)}{' '}
        <button type="button" class="small" aria-pressed={isKept} onClick={toggle}>
          {isKept ? 'Kept' : 'Keep'}
        </button>
      </p>
      {options.rules === 'fresh' ? (
        <p class="command">
          The same rule on the command line: <CodeWords text={command} />
        </p>
      ) : (
        <p class="note">Its number is that of a member of the pool of {options.rules} rules.</p>
      )}
      <details class="token-details">
        <summary>What a model reads: {tokens.length} tokens</summary>
        <p class="note">
          Each frame becomes a start token, a token per patch of {options.patch}×{options.patch}{' '}
          cells, and an end token. The first frame is given; of every later token the model is asked
          for the probability.
        </p>
        <TokenList
          tokens={tokens}
          targets={targets}
          read={createTokenReader(drawing)}
          perRow={frameLength}
          label={`Tokens of rule ${rule.number}, a frame per row`}
          point={(t) => {
            pointed.value = t;
            if (t !== null) player.show(Math.floor(t / frameLength));
          }}
        />
      </details>
    </>
  );
}

function Kept({
  kept,
  known,
  player,
  change,
}: {
  readonly kept: readonly RuleName[];
  readonly known: ReadonlyMap<string, FoundRule>;
  readonly player: Player;
  readonly change: ViewProps['change'];
}) {
  return (
    <div class="kept">
      <h3>Kept rules</h3>
      {kept.length === 0 ? (
        <p class="note">None yet. Those that you keep stay in the address of this page.</p>
      ) : (
        <ul>
          {kept.map((name) => {
            const rule = known.get(formatRuleName(name));
            return (
              <li key={formatRuleName(name)}>
                <button
                  type="button"
                  class="rule"
                  aria-label={`Open rule ${formatRuleName(name)}`}
                  onClick={() => change({ open: formatRuleName(name) })}
                >
                  {rule ? <RuleCanvas rule={rule} player={player} /> : <div class="rule-place" />}
                  <span class="rule-name" aria-hidden="true">
                    {name.seed}.{name.number}
                  </span>
                </button>
                <button
                  type="button"
                  class="small"
                  aria-label={`Remove rule ${formatRuleName(name)}`}
                  onClick={() => change({ keep: formatRuleNames(without(kept, name)) })}
                >
                  Remove
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
