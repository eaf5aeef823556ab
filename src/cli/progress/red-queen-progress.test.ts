import { expect, test } from 'vitest';
import { openOutput } from '../../../test/support/open-output.ts';
import type { RedQueenEvent } from '../../redqueen/index.ts';
import { createRaceListener } from './red-queen-progress.ts';

const candidate = (round: number, done: number): RedQueenEvent => ({
  kind: 'candidate',
  round,
  rounds: 2,
  done,
  total: round === 1 ? 20 : 21,
  bestFitness: 0.8126,
  niches: 5,
  candidatesPerSecond: 0.5,
});

function listen(events: readonly RedQueenEvent[], json = false): string[] {
  const { output, text } = openOutput({ json });
  const listener = createRaceListener(output, { now: () => 0 });
  for (const event of events) listener(event);
  return text().trimEnd().split('\n');
}

test('an arms race says which round of how many, how good its best is, and when all are over', () => {
  const round: RedQueenEvent = {
    kind: 'round',
    round: 1,
    rounds: 2,
    champion: 'imp',
    fitness: 1,
    coverage: 0.5,
    qdScore: 1,
    candidates: 20,
    failures: 1,
    newWarriors: 3,
    newChampion: true,
    endedEarly: false,
  };
  const message: RedQueenEvent = { kind: 'message', text: 'trying again' };
  const told = [candidate(1, 10), message, candidate(1, 20), round, candidate(2, 21)];
  expect(listen(told)).toEqual([
    'round 1 of 2  10/20 candidates  50 %  best 0.813  5 niches  0.5 candidates/s  ETA 20s, whole 1m00s',
    'trying again',
    'round 1 of 2  20/20 candidates  100 %  best 0.813  5 niches  0.5 candidates/s  in 0s, whole 40s',
    'round 1/2 done: champion imp, fitness 1.000, archive 50 %, QD score 1.00, 3 new warriors',
    'round 2 of 2  21/21 candidates  100 %  best 0.813  5 niches  0.5 candidates/s  in 0s',
  ]);
});

test('in JSON every event is a line', () => {
  const [line] = listen([candidate(1, 10)], true);
  expect(JSON.parse(line!)).toMatchObject({ event: 'candidate', done: 10, niches: 5 });
});
