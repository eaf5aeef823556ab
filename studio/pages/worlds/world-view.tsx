// One sequence of a world: its picture, what a model reads, and a form of the world's options.

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { WORLDS } from '../../../src/worlds/index.ts';
import { type Field, readFields, readOptions } from '../../parts/schema-fields.ts';
import { SchemaForm } from '../../parts/schema-form.tsx';
import { TokenList } from '../../parts/token-list.tsx';
import { useDraft } from '../../use-draft.ts';
import { DfaView } from './dfa-view.tsx';
import { DiagramView } from './diagram-view.tsx';
import type { WorldDrawing } from './draw-world.ts';
import { DyckView } from './dyck-view.tsx';
import { createTokenReader } from './explain-token.ts';
import { Fault, type FaultProps } from './fault.tsx';
import { FramesView } from './frames-view.tsx';
import { readCount } from './read-count.ts';
import { useWorker } from './use-worker.ts';
import type { ViewProps } from './worlds-page.tsx';

const SUGGESTIONS = {
  density: '0.3',
  'of.density': '0.3',
  rules: '110',
  'of.rules': '110',
  'of.band:absolute.low': '0.3',
  'of.band:absolute.high': '0.5',
  'of.band:percentile.low': '80',
  'of.band:percentile.high': '100',
};

/** Worlds whose sequences are made of another world's. */
const CONTROLS = ['shuffled', 'iid'];

export function WorldView({ kind, texts, change }: ViewProps) {
  const inner = CONTROLS.includes(kind) ? (texts['of.kind'] ?? 'nca') : null;
  const { fields, innerFields } = useMemo(() => fieldsOf(kind, inner), [kind, inner]);
  const options = {
    ...readOptions(fields, texts),
    ...(inner !== null && { of: { kind: inner, ...readOptions(innerFields, texts) } }),
  };
  const seed = readCount(texts.seed, 0);
  const seedDraft = useDraft(seed, (text) => change({ seed: text || null }));
  const index = readCount(texts.sequence, 0);
  const indexDraft = useDraft(index, (text) => change({ sequence: text || null }));
  const drawing = useSignal<WorldDrawing | null>(null);
  const fault = useSignal<FaultProps | null>(null);
  useWorker(
    { kind: 'world', request: { kind, options, seed, index } },
    () => {
      fault.value = null;
    },
    (answer) => {
      if (answer.kind === 'error') fault.value = answer;
      if (answer.kind === 'world') drawing.value = answer.drawing;
    },
  );
  return (
    <>
      <div class="controls">
        <label>
          seed
          <input type="text" inputMode="numeric" autocomplete="off" {...seedDraft} />
        </label>
        <label>
          sequence
          <input type="text" inputMode="numeric" autocomplete="off" {...indexDraft} />
        </label>
        <button type="button" onClick={() => change({ sequence: `${index + 1}` })}>
          Draw another
        </button>
        {inner !== null && (
          <label>
            tokens of
            <select
              value={inner}
              onChange={({ currentTarget: { value } }) => {
                const old = Object.keys(texts).filter((path) => path.startsWith('of.'));
                const cleared = Object.fromEntries(old.map((path) => [path, null]));
                change({ ...cleared, 'of.kind': value === 'nca' ? null : value });
              }}
            >
              {Object.keys(WORLDS)
                .filter((name) => !CONTROLS.includes(name))
                .map((name) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
            </select>
          </label>
        )}
      </div>
      {fields.length + innerFields.length > 0 && (
        <details class="options">
          <summary>Options</summary>
          <div class="form-grid">
            <SchemaForm
              fields={[...fields, ...innerFields]}
              texts={texts}
              change={change}
              suggestions={SUGGESTIONS}
            />
          </div>
        </details>
      )}
      {fault.value && <Fault {...fault.value} />}
      {drawing.value ? (
        <Drawing drawing={drawing.value} />
      ) : (
        <div class="drawing-place">{!fault.value && <p class="waiting">Drawing…</p>}</div>
      )}
    </>
  );
}

function fieldsOf(kind: string, inner: string | null) {
  const worlds: Readonly<Record<string, (typeof WORLDS)[keyof typeof WORLDS]>> = WORLDS;
  const fields: Field[] = readFields(worlds[kind]!.options);
  const known = inner !== null ? worlds[inner] : undefined;
  return { fields, innerFields: known ? readFields(known.options, 'of.') : [] };
}

const LEARNABLE: Readonly<Record<WorldDrawing['learnable'], string>> = {
  'in-context':
    'Every sequence has a rule of its own, which a model must infer from the sequence itself.',
  fixed: 'One law holds for all sequences: a model learns it in training.',
  frequencies:
    'A control: nothing is to be learned but how often tokens occur, and where frames begin and end.',
};

function Drawing({ drawing }: { readonly drawing: WorldDrawing }) {
  const { tokens, targets, frame, frameLength, vocabSize, learnable } = drawing;
  const read = useMemo(() => createTokenReader(drawing), [drawing]);
  const counted = useMemo(() => targets.reduce((sum, one) => sum + one, 0), [targets]);
  const isTask = frame === null && drawing.kind !== 'dyck' && drawing.kind !== 'dfa';
  const list = (
    <TokenList
      tokens={tokens}
      targets={targets}
      read={read}
      perRow={frame ? frameLength : undefined}
      label={frame ? 'Tokens, a frame per row' : 'Tokens of the sequence'}
      isLarge={isTask}
    />
  );
  return (
    <>
      <p class="drawing-facts">
        {drawing.description}. {LEARNABLE[learnable]}
      </p>
      <p class="note">
        {tokens.length} tokens of a vocabulary of {vocabSize}; {counted} of them count in the loss
        {drawing.attempts > 1 && `; ${drawing.attempts} simulations until one passed the filter`}.
      </p>
      <Picture drawing={drawing} />
      {isTask ? (
        <section aria-label="The sequence">
          {drawing.rule?.kind === 'modular' && (
            <p class="note">
              The line of this sequence: y = {drawing.rule.slope}·x + {drawing.rule.offset} modulo{' '}
              {String(drawing.options.modulus)}.
            </p>
          )}
          <p class="note">
            What is given is plain; the answers, which a model is to predict, are green and bold.
          </p>
          {list}
        </section>
      ) : (
        <details class="token-details">
          <summary>What a model reads: {tokens.length} tokens</summary>
          {list}
        </details>
      )}
    </>
  );
}

/** By kind, the picture that suits it; tasks are their own tokens. */
function Picture({ drawing }: { readonly drawing: WorldDrawing }) {
  const { kind, frame, planes } = drawing;
  if (kind === 'dyck') return <DyckView drawing={drawing} />;
  if (kind === 'dfa') return <DfaView drawing={drawing} />;
  if (frame === null) return null;
  return planes.length > 1 ? <FramesView drawing={drawing} /> : <DiagramView drawing={drawing} />;
}
