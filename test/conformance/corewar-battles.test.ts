// 1,000 battles of one round under the default settings, with the winners that pMARS 0.9.2 tells.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  createMars,
  createPlainMars,
  type Mars,
  makeSettings,
  type Warrior,
} from '../../src/corewar/index.ts';
import { readLoadFile } from '../support/load-file.ts';

const DATA = fileURLToPath(new URL('../../../shared/data/corewar', import.meta.url));

type Battle = {
  readonly names: readonly [string, string];
  readonly position: number;
  readonly winner: string;
};

function readBattles(): readonly Battle[] {
  const lines = readFileSync(path.join(DATA, 'fixed-battles.csv'), 'utf8').trim().split(/\r?\n/);
  return lines.slice(1).map((line) => {
    const [first, second, position, winner] = line.split(',') as [string, string, string, string];
    return { names: [first, second], position: Number(position), winner };
  });
}

const warriors = new Map<string, Warrior>();

function findWarrior(name: string): Warrior {
  const warrior = warriors.get(name) ?? readLoadFile(path.join(DATA, 'load-files'), name);
  warriors.set(name, warrior);
  return warrior;
}

function playBattle(mars: Mars, { names, position }: Battle): string {
  mars.load(names.map(findWarrior));
  const [first, second] = mars.play({ positions: [0, position], first: 0 }).alive;
  if (first && second) return 'tie';
  if (first) return 'first';
  return second ? 'second' : 'none';
}

function findWrong(mars: Mars, battles: readonly Battle[]): readonly string[] {
  return battles
    .map((battle) => ({ ...battle, played: playBattle(mars, battle) }))
    .filter(({ winner, played }) => winner !== played)
    .map(({ names, position, winner, played }) => `${names} ${position}: ${winner}, not ${played}`);
}

describe.skipIf(!existsSync(DATA))('battles end as under pMARS', () => {
  test('all of them in the kernel', () => {
    const battles = readBattles();
    expect(battles.length).toBe(1000);
    expect(findWrong(createMars(makeSettings()), battles)).toEqual([]);
  });

  test('every tenth in plain TypeScript', () => {
    const battles = readBattles().filter((_, i) => i % 10 === 0);
    expect(battles.length).toBe(100);
    expect(findWrong(createPlainMars(makeSettings()), battles)).toEqual([]);
  });
});
