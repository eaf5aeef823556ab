import { expect, test } from 'vitest';
import type { RedQueenSummary } from '../redqueen/index.ts';
import { describeRace, describeRound } from './describe-race.ts';

const ROUND: RedQueenSummary['rounds'][number] = {
  round: 1,
  champion: 'imp',
  fitness: 1,
  coverage: 0.5,
  qdScore: 1,
  candidates: 2,
  failures: 1,
  newWarriors: 0,
  newChampion: false,
  endedEarly: false,
  generality: null,
  defeated: null,
  tied: null,
};
const describe = (rounds: RedQueenSummary['rounds'], evaluations: number) =>
  describeRace(
    {
      name: 'race',
      seed: 0,
      finished: true,
      rounds,
      evaluations,
      calls: 0,
      unanswered: 0,
      tokens: 0,
      seconds: 1,
    },
    'report.html',
  );

test('what is said of a race agrees with its counts', () => {
  expect(describe([ROUND], 1)).toMatch(/no new warrior in round 1\n[\s\S]*, 1 evaluation$/);
  const several = describe([ROUND, { ...ROUND, round: 2 }], 2);
  expect(several).toMatch(/no new warrior in rounds 1, 2\n[\s\S]*, 2 evaluations$/);
  const say = (failures: number) =>
    describeRound({ kind: 'round', rounds: 2, ...ROUND, failures }).join('\n');
  expect(say(1)).toContain('its one new candidate was not legal');
  expect(say(2)).toContain('none of 2 was legal');
});
