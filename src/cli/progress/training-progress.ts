// The events of a training run or a study as progress and sentences.

import { VERDICT_WORDS } from '../../eval/index.ts';
import type { Listener, RunEvent } from '../../run/index.ts';
import { formatSeconds } from '../format-seconds.ts';
import type { Output } from '../output.ts';
import { createTracker, type Tracker, type TrackerOptions } from './create-tracker.ts';
import { formatRate } from './describe-progress.ts';
import type { StagePlan } from './progress.ts';

/** The only stage of a study; the progress of its runs is a detail of it. */
const RUNS = 'runs';

/** Shows the events of a run or a study; in JSON mode they are printed unchanged. */
export function createTrainingListener(output: Output, options: TrackerOptions = {}): Listener {
  const tracker = createTracker(output, options);
  /** Runs of a study that are done; null if this is not a study. */
  let runsDone: number | null = null;
  return (event) => {
    output.event({ event: event.kind, ...event });
    if (event.kind === 'study-begins') {
      runsDone = event.done;
      tracker.plan([{ id: RUNS, unit: RUNS, total: event.total }]);
    } else if (event.kind === 'run-begins') planRun(tracker, event);
    else if (event.kind === 'step' && runsDone === null) trackStep(tracker, event);
    else if (event.kind === 'step' || event.kind === 'job') {
      if (event.kind === 'job') runsDone = event.done;
      const details = event.kind === 'job' ? [event.job] : describeStep(event);
      const { etaSeconds } = event;
      // In a log, the sentence on a finished run is enough.
      if (event.kind === 'step' || output.mode === 'terminal') {
        tracker.advance({ stage: RUNS, done: runsDone!, etaSeconds, details, rate: null });
      }
    }
    const text = describeEvent(event);
    if (text !== null) output.say(text);
  };
}

type Event<K extends RunEvent['kind']> = Extract<RunEvent, { kind: K }>;

function nameStage(arm: string, stage: string): string {
  return `${arm} ${stage}`;
}

function planRun(tracker: Tracker, { arm, stages }: Event<'run-begins'>): void {
  tracker.plan(
    stages.map(({ name, steps, tokensPerStep = 1 }) =>
      planStage(nameStage(arm, name), steps, tokensPerStep),
    ),
  );
}

function planStage(name: string, total: number, cost = 1): StagePlan {
  return { id: name, name, unit: 'steps', total, cost };
}

function trackStep(tracker: Tracker, event: Event<'step'>): void {
  const { step, steps, tokensPerSecond, etaSeconds } = event;
  const stage = nameStage(event.arm, event.stage);
  // A late listener has not received the plan.
  tracker.plan([planStage(stage, steps)]);
  tracker.advance({
    stage,
    done: step,
    etaSeconds,
    details: [describeLoss(event)],
    rate: { perSecond: tokensPerSecond, unit: 'tokens' },
  });
}

/** Of a run among others: where it is, and how fast. */
function describeStep(event: Event<'step'>): string[] {
  const { arm, stage, step, steps, tokensPerSecond } = event;
  return [
    `${nameStage(arm, stage)} ${step}/${steps}`,
    describeLoss(event),
    `${formatRate(tokensPerSecond)} tokens/s`,
  ];
}

function describeLoss({ loss }: Event<'step'>): string {
  return `loss ${loss.toFixed(3)}`;
}

/** What stays on the screen; null if nothing does. */
function describeEvent(event: RunEvent): string | null {
  switch (event.kind) {
    case 'message':
      return event.text;
    case 'evaluation':
      return (
        `${nameStage(event.arm, event.stage)} step ${event.step}: held-out loss ` +
        `${event.heldOutLoss.toFixed(4)} after ${event.tokens.toLocaleString('en-US')} tokens`
      );
    case 'gate':
      return [
        `${event.arm ? `${event.arm}: ` : ''}gate ${describeVerdict(event.gate)}`,
        ...event.gate.reasons.map((reason) => `  ${reason}`),
      ].join('\n');
    case 'job':
      return (
        `${event.done}/${event.total} ${event.job}` +
        (event.done < event.total ? `  ETA ${formatSeconds(event.etaSeconds)}` : '')
      );
    default:
      return null;
  }
}

function describeVerdict({ verdict, control }: Event<'gate'>['gate']): string {
  if (control) return `${verdict}: the source world is a control`;
  return `${verdict}: the model ${VERDICT_WORDS[verdict]}`;
}
