// The gate's findings, for the terminal.

import { describeShare } from '../eval/index.ts';
import type { GateRecord } from '../training/index.ts';

type Gate = GateRecord['gate'];

const nats = (loss: number | null | undefined) => loss?.toFixed(3) ?? '–';
const signed = (x: number) => `${x < 0 ? '' : '+'}${x.toFixed(3)}`;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** The verdict with its figures, a few lines of at most 80 columns. */
export function describeGate(gate: Gate): string[] {
  const { bestBlind, bestLookup, margin, share } = gate;
  const lines = [
    `gate     ${gate.verdict}${gate.control ? ' (a control)' : ''}: held-out loss ${nats(gate.loss)} nats per target`,
  ];
  if (bestBlind) {
    const interval = margin.interval
      ? ` (95 % ${signed(margin.interval[0])} to ${signed(margin.interval[1])})`
      : '';
    lines.push(
      `         best blind predictor ${nats(bestBlind.loss)}, ${bestBlind.name}`,
      `         margin ${signed(margin.mean)}${interval}`,
    );
  }
  if (bestLookup) {
    const way = share === null ? '' : `; ${describeShare(share)}`;
    lines.push(`         best look-up ${nats(bestLookup.loss)}, ${bestLookup.name}${way}`);
  }
  lines.push(...describeFrames(gate), ...describeHeldOut(gate), ...describeProbes(gate));
  return lines;
}

function describeFrames({ byFrame, bestBlind, baselines, changed }: Gate): string[] {
  const ends = (values: readonly (number | null)[]) =>
    `${nats(values[0])} → ${nats(values.at(-1))}`;
  if (byFrame.length < 2) return [];
  const unit = changed === null ? 'chunk' : 'frame';
  const blind = baselines.find(({ name }) => name === bestBlind?.name);
  return [
    `         first → last ${unit}: ${ends(byFrame)}${blind ? `; ${blind.name} ${ends(blind.byFrame)}` : ''}`,
  ];
}

/** The meaning of held out, if rules come again. */
function describeHeldOut({ heldOutRules }: Gate): string[] {
  if (heldOutRules !== 'reused') return [];
  return ['         held out: new initial states of rules that training draws from too'];
}

function describeProbes({ changed, seenRules, shuffledFrame }: Gate): string[] {
  const parts = [
    ...(changed ? [`right on cells that changed ${percent(changed.accuracy)}`] : []),
    ...(seenRules ? [`loss on rules seen in training ${nats(seenRules.loss)}`] : []),
    ...(shuffledFrame
      ? [`frame before shuffled: ${signed(shuffledFrame.shuffledLoss - shuffledFrame.loss)}`]
      : []),
  ];
  return parts.map((part) => `         ${part}`);
}
