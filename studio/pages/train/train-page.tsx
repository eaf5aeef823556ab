// A model that is trained in the browser: its loss, and what it predicts beside what happens.

import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { saveBlob } from '../../../src/chart/live/save-blob.ts';
import { plural } from '../../../src/core/index.ts';
import { CodeWords } from '../../../src/report/components/code-words.tsx';
import type { PageProps } from '../../pages.ts';
import type { ComparedFrame } from '../../parts/compare-frames.ts';
import { FrameComparison } from '../../parts/frame-comparison.tsx';
import { usePlayer } from '../../parts/use-player.ts';
import { addressOf } from '../../routes.ts';
import { type Baseline, chooseBaselines } from './choose-baselines.ts';
import { formatLosses, type HeldOutLoss } from './format-losses.ts';
import { hasWebGpu } from './has-web-gpu.ts';
import { LossChart } from './loss-chart.tsx';
import { CHOICES, chosenValue, readRecipe, trainCommand } from './nano-recipe.ts';
import type { Evaluation } from './open-training.ts';
import type { TrainAnswer, TrainRequest } from './serve-training.ts';
import '../../parts/schema-form.css';
import './train.css';

type State = 'idle' | 'loading' | 'running' | 'paused' | 'finished' | 'failed';

const SAYS: Readonly<Record<State, string>> = {
  idle: 'Nothing is trained yet.',
  loading: 'Loading the engine, and compiling a step of training…',
  running: 'Training.',
  paused: 'Paused.',
  finished: 'Finished.',
  failed: 'Training has failed.',
};

export function TrainPage({ query }: PageProps) {
  const texts = Object.fromEntries(query);
  const recipe = readRecipe(texts);
  const identity = JSON.stringify(recipe);
  const hasGpu = useSignal(false);
  // Browsers complain on their console where there is no GPU, so they are asked when it matters.
  const lookForGpu = () =>
    void hasWebGpu().then((has) => {
      hasGpu.value = has;
    });

  const state = useSignal<State>('idle');
  const losses = useSignal<readonly number[]>([]);
  const evaluations = useSignal<readonly HeldOutLoss[]>([]);
  const newest = useSignal<Evaluation | null>(null);
  const preview = useSignal<readonly ComparedFrame[]>([]);
  const baselines = useSignal<readonly Baseline[]>([]);
  const facts = useSignal<Extract<TrainAnswer, { kind: 'opened' }> | null>(null);
  const speed = useSignal(0);
  const fault = useSignal<{ readonly message: string; readonly hint: string | null } | null>(null);
  const trainer = useRef<Worker | null>(null);

  const frames = newest.value?.frames ?? preview.value;
  const player = usePlayer(frames.length, 1);

  const reset = () => {
    trainer.current?.terminate();
    trainer.current = null;
    state.value = 'idle';
    losses.value = [];
    evaluations.value = [];
    newest.value = null;
    facts.value = null;
    speed.value = 0;
    fault.value = null;
  };
  const receive = (answer: TrainAnswer) => {
    switch (answer.kind) {
      case 'opened':
        facts.value = answer;
        state.value = 'running';
        return;
      case 'steps':
        losses.value = [...losses.value, ...answer.losses];
        speed.value = answer.stepsPerSecond;
        return;
      case 'evaluation':
        newest.value = answer.evaluation;
        evaluations.value = [
          ...evaluations.value,
          { step: answer.step, loss: answer.evaluation.loss },
        ];
        return;
      case 'preview':
        preview.value = answer.frames;
        return;
      case 'baselines':
        baselines.value = answer.baselines;
        return;
      case 'end':
        state.value = 'finished';
        return;
      case 'error':
        fault.value = answer;
        state.value = 'failed';
    }
  };
  const open = (request: TrainRequest): Worker => {
    const worker = new Worker(new URL('./train-worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<TrainAnswer>) => receive(data);
    worker.onerror = (event) => {
      receive({ kind: 'error', message: event.message || 'the worker did not start', hint: null });
    };
    worker.postMessage(request);
    return worker;
  };

  // Another recipe is another run; what it is measured against is known before it starts. At once: after the next frame,
  // it would end a run that was started meanwhile.
  useLayoutEffect(() => {
    reset();
    preview.value = [];
    baselines.value = [];
    const worker = open({ kind: 'baselines', recipe });
    return () => worker.terminate();
  }, [identity]);
  useEffect(() => () => trainer.current?.terminate(), []);

  const start = async () => {
    reset();
    state.value = 'loading';
    const device = texts.device === 'webgpu' && (await hasWebGpu()) ? 'webgpu' : 'wasm';
    // Stopped, or left, meanwhile.
    if (state.value !== 'loading') return;
    const runtime = new URL('./onnxruntime/', document.baseURI).href;
    trainer.current = open({ kind: 'train', recipe, runtime, device });
  };
  const toggle = () => {
    const isRunning = state.value === 'running';
    const request: TrainRequest = { kind: isRunning ? 'pause' : 'resume' };
    trainer.current?.postMessage(request);
    state.value = isRunning ? 'paused' : 'running';
  };

  const isUnderWay = ['loading', 'running', 'paused'].includes(state.value);
  const chosen = chooseBaselines(baselines.value);
  const vocabSize = facts.value?.vocabSize ?? 4;
  return (
    <div class="train">
      <h1>Train</h1>
      <p class="lead">
        A small language model learns how a world works, here in the browser. The world is a grid of
        cells that change step by step under <a href={addressOf('worlds')}>a hidden rule</a>. The
        model reads the cells one after the other and is asked each time which comes next. Nobody
        tells it the rule, nor that there is a grid.
      </p>
      <div class="train-buttons">
        {!isUnderWay && (
          <button type="button" class="start" onClick={start}>
            {state.value === 'idle' ? 'Start training' : 'Train again'}
          </button>
        )}
        {isUnderWay && (
          <button type="button" onClick={toggle} disabled={state.value === 'loading'}>
            {state.value === 'paused' ? 'Resume training' : 'Pause training'}
          </button>
        )}
        {isUnderWay && (
          <button type="button" onClick={reset}>
            Stop
          </button>
        )}
        {losses.value.length > 0 && (
          <button type="button" onClick={() => save(losses.value, evaluations.value)}>
            Save losses
          </button>
        )}
        <span role="status">{SAYS[state.value]}</span>
      </div>
      <dl class="train-facts">
        <Fact name="step">
          {losses.value.length} of {recipe.steps}
        </Fact>
        <Fact name="steps per second">{speed.value > 0 ? speed.value.toFixed(1) : '–'}</Fact>
        <Fact name="held-out loss">{newest.value ? newest.value.loss.toFixed(3) : '–'}</Fact>
        <Fact name="right guesses">
          {newest.value ? `${(100 * newest.value.accuracy).toFixed(1)} %` : '–'}
        </Fact>
        <Fact name="parameters">
          {facts.value ? facts.value.parameters.toLocaleString('en') : '–'}
        </Fact>
        <Fact name="computed with">{facts.value ? describeDevice(facts.value) : '–'}</Fact>
      </dl>
      {fault.value && (
        <div class="fault" role="alert">
          <strong>{fault.value.message}</strong>
          {fault.value.hint && <p>{fault.value.hint}</p>}
        </div>
      )}
      <LossChart
        steps={recipe.steps}
        training={losses.value}
        heldOut={evaluations.value}
        references={[
          { name: 'uniform guess', loss: Math.log(vocabSize) },
          ...chosen.map(({ name, loss }) => ({ name, loss })),
        ]}
      />
      <p class="note verdict">{sayVerdict(newest.value, baselines.value, state.value)}</p>
      <h2>What it predicts</h2>
      <p class="note">
        A sequence that the model is never trained on. Each cell is the model's most probable guess
        from the true cells before it, row by row; the first frame is given.
      </p>
      {frames.length > 0 ? (
        <FrameComparison frames={frames} player={player} />
      ) : (
        <div class="comparison-place" />
      )}
      <details
        class="train-choices"
        onToggle={({ currentTarget }) => {
          if (currentTarget.open) lookForGpu();
        }}
      >
        <summary>Change the run</summary>
        <div class="form-grid">
          {CHOICES.map((choice) => (
            <div class="field" key={choice.key}>
              <label for={`train-${choice.key}`}>{choice.label}</label>
              <select
                id={`train-${choice.key}`}
                aria-describedby={`train-${choice.key}-note`}
                value={chosenValue(choice, texts)}
                onChange={({ currentTarget: { value } }) => {
                  const { [choice.key]: _, ...others } = texts;
                  const own = value === choice.values[0] ? {} : { [choice.key]: value };
                  location.replace(addressOf('train', '', { ...others, ...own }));
                }}
              >
                {choice.values.map((value) => (
                  <option key={value} value={value}>
                    {value}
                  </option>
                ))}
              </select>
              <p class="field-note" id={`train-${choice.key}-note`}>
                {choice.note}
              </p>
            </div>
          ))}
          <div class="field">
            <label for="train-device">compute with</label>
            <select
              id="train-device"
              aria-describedby="train-device-note"
              value={texts.device === 'webgpu' && hasGpu.value ? 'webgpu' : 'wasm'}
              onChange={({ currentTarget: { value } }) => {
                const { device: _, ...others } = texts;
                const own = value === 'wasm' ? {} : { device: value };
                reset();
                location.replace(addressOf('train', '', { ...others, ...own }));
              }}
            >
              <option value="wasm">WebAssembly</option>
              <option value="webgpu" disabled={!hasGpu.value}>
                WebGPU
              </option>
            </select>
            <p class="field-note" id="train-device-note">
              {hasGpu.value
                ? 'Processors by WebAssembly, or the GPU by WebGPU: the same losses, to rounding.'
                : 'This browser has no WebGPU, or no GPU.'}
            </p>
          </div>
        </div>
      </details>
      <p class="command">
        The same run on the command line, with the same losses up to rounding:{' '}
        <CodeWords text={trainCommand(texts)} />
      </p>
      <h2>What the lines mean</h2>
      <dl class="terms">
        <dt>loss</dt>
        <dd>
          How surprised the model is by the next token, in nats: 0 where it is certain and right.
        </dd>
        <dt>uniform guess</dt>
        <dd>The loss of one who takes all {vocabSize} tokens for equally probable.</dd>
        {chosen.map(({ name, kind }) => (
          <>
            <dt>{name}</dt>
            <dd>{KINDS[kind]}</dd>
          </>
        ))}
      </dl>
    </div>
  );
}

function describeDevice({
  device,
  threads,
}: Pick<Extract<TrainAnswer, { kind: 'opened' }>, 'device' | 'threads'>): string {
  return device === 'webgpu' ? 'WebGPU' : `WebAssembly, ${plural(threads, 'thread')}`;
}

function save(training: readonly number[], heldOut: readonly HeldOutLoss[]): void {
  saveBlob(new Blob([formatLosses(training, heldOut)], { type: 'text/csv' }), 'losses.csv');
}

const KINDS: Readonly<Record<Baseline['kind'], string>> = {
  global: 'Knows how often tokens occur, in training or in the frame before, and nothing else.',
  blind:
    'The best of the predictors that know no dynamics, such as n-grams: they count which tokens follow which.',
  lookup:
    'Looks up what followed the same neighborhood of cells before. This is about what knowing the rule would give.',
};

function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: preact.ComponentChildren;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function sayVerdict(
  newest: Evaluation | null,
  baselines: readonly Baseline[],
  state: State,
): string {
  const blind = chooseBaselines(baselines).find(({ kind }) => kind === 'blind');
  if (newest === null || !blind) {
    return baselines.length === 0
      ? 'Predictors that are not trained are being measured on the same sequences…'
      : 'The dashed lines are predictors that are not trained, on the same sequences.';
  }
  if (newest.loss < blind.loss) {
    return `The model is below ${blind.name}: it knows more than which tokens follow which.`;
  }
  return state === 'finished'
    ? `The model has not come below ${blind.name}: more steps would help.`
    : `Once the loss is below ${blind.name}, the model knows more than which tokens follow which.`;
}
