// Pictures of the sequences that a gate's record keeps: what happened, what was predicted, and where the two differ.

import { UserError } from '../core/index.ts';
import type { GateExample } from '../training/measure-gate.ts';
import { comparePlanes, type Plane, renderPlanes } from '../worlds/plane.ts';
import type { AnyWorld } from '../worlds/world.ts';
import type { FrameSheet } from './types.ts';

/** More frames than this would be too small to see; the last ones are shown. */
const FRAMES_SHOWN = 12;

/**
 * @param file the gate's record, for the message
 * @param firstFrame the first frame that is predicted
 * @throws UserError unless the examples are sequences of the world
 */
export function drawGateFrames(
  file: string,
  world: AnyWorld,
  examples: readonly GateExample[],
  firstFrame: number,
): FrameSheet {
  requireExamples(file, world, examples);
  const draw = (plane: Plane) => renderPlanes([plane]);
  const perFrame = (tokens: readonly number[]) => {
    const planes = world.planes(world.decode(tokens));
    // A frame that is cut at the end is not shown.
    return planes.length === 1
      ? planes
      : planes.slice(0, Math.floor(world.sequenceLength / world.frameLength));
  };
  const columns = perFrame(examples[0]?.tokens ?? []).length;
  const shown = [...Array(columns).keys()].slice(-FRAMES_SHOWN);
  const rows = examples.flatMap(({ label, accuracy, tokens, predicted }) => {
    const [actual, guessed] = [perFrame(tokens), perFrame(predicted)];
    const predictable = (choose: (frame: number) => Plane) =>
      shown.map((frame) => (columns > 1 && frame < firstFrame ? null : draw(choose(frame))));
    return [
      {
        label: 'what happened',
        frames: shown.map((frame) => draw(actual[frame]!)),
        note: `a sequence ${label}: ${(100 * accuracy).toFixed(0)} % of its tokens`,
      },
      {
        label: 'predicted next',
        frames: predictable((frame) => guessed[frame]!),
        note: 'each token given all true ones before it',
      },
      {
        label: 'wrong cells',
        frames: predictable((frame) => comparePlanes(actual[frame]!, guessed[frame]!)),
      },
    ];
  });
  return {
    rows,
    columnLabels: columns > 1 ? shown.map(String) : [''],
    title: world.freshRules
      ? 'Held-out sequences, each under a rule never seen in training'
      : 'Held-out sequences',
  };
}

function requireExamples(file: string, world: AnyWorld, examples: readonly GateExample[]): void {
  for (const { tokens, predicted } of examples) {
    const isWhole = tokens.length === world.sequenceLength;
    if (isWhole && [...tokens, ...predicted].every((id) => id < world.vocabSize)) continue;
    throw new UserError(`${file}: its examples are not sequences of ${world.description}`, {
      hint: 'restore the file from a copy',
    });
  }
}
