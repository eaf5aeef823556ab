// Every shipped recipe of an arms race, sized down, evolves: new warriors are made and evaluated in each round.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RedQueenSummary } from '../../src/redqueen/index.ts';
import { loadRedQueenRecipe } from '../../src/redqueen/load-recipe.ts';
import { runInProcess, withFolder } from '../support/command-line.ts';
import {
  REPLIES,
  type RecordedRequest,
  type ScriptedReply,
  startLanguageModelServer,
} from '../support/language-model-server.ts';
import { expectInPage, expectNotInPage } from '../support/page-text.ts';

const RECIPES = readdirSync(path.join(import.meta.dirname, '../../recipes'))
  .filter((file) => file.startsWith('drq-'))
  .map((file) => path.basename(file, '.js'));

/** Small enough for a test; what makes a recipe what it is stays. */
const SMALL = ['iterations=6', 'simulations=2', 'core.setting=tiny'];

/** A bomber whose step depends on the question, so that candidates differ. */
function answer(request: RecordedRequest): ScriptedReply {
  const step = 1 + ((request.index * 7) % 97);
  return REPLIES.text(
    `\`\`\`redcode\n;name Bomber ${step}\nadd.ab #${step}, $3\nmov.i $2, @2\njmp $-2\ndat 0, 0\n\`\`\``,
  );
}

type Race = {
  readonly requests: number;
  readonly stdout: string;
  readonly summary: RedQueenSummary;
  readonly rows: readonly { origin: string; round: number; evaluation: object | null }[];
  readonly report: string;
};

async function race(
  name: string,
  args: readonly string[],
  script: (request: RecordedRequest) => ScriptedReply = answer,
): Promise<Race> {
  const server = await startLanguageModelServer(script);
  vi.stubEnv('OPENAI_API_KEY', 'sk-test');
  try {
    return await withFolder(async (folder) => {
      const { mutator } = await loadRedQueenRecipe(name);
      const asks = mutator.kind === 'genetic' ? [] : ['--base-url', server.baseUrl];
      const command = ['drq', name, '--out', 'run', ...asks, ...args];
      const { code, stdout, stderr } = await runInProcess(command, { cwd: folder });
      expect(stderr).toBe('');
      expect(code).toBe(0);
      const read = (file: string) => readFileSync(path.join(folder, 'run', file), 'utf8');
      return {
        requests: server.requests.length,
        stdout,
        report: read('report.html'),
        summary: JSON.parse(read('summary.json')),
        rows: read('candidates.jsonl')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      };
    });
  } finally {
    await server.stop();
  }
}

afterEach(() => void vi.unstubAllEnvs());

describe('shipped recipes', () => {
  test('there are the recipes that the page lists', () => {
    const page = readFileSync(
      path.join(import.meta.dirname, '../../docs/reference/core-war.md'),
      'utf8',
    );
    expect(RECIPES.length).toBeGreaterThan(6);
    for (const name of RECIPES) expectInPage(page, `\`${name}\``);
  });

  test.each(RECIPES)('%s makes and evaluates new warriors in each of two rounds', async (name) => {
    const { summary, rows, stdout } = await race(name, ['--rounds', '2', '--set', ...SMALL]);
    expect(summary.rounds).toHaveLength(2);
    for (const { round, newWarriors } of summary.rounds) {
      const made = rows.filter((row) => row.round === round && row.origin !== 'warm-up');
      expect(newWarriors).toBe(made.filter(({ evaluation }) => evaluation !== null).length);
      // Eight new ones at least, of which a mutator writes most as legal warriors.
      expect(newWarriors).toBeGreaterThanOrEqual(8);
      expect(made.some(({ origin }) => origin === 'mutation')).toBe(true);
    }
    expect(stdout).not.toContain('WARNING');
  });

  test('drq-paper asks for and evaluates all its warriors in each of three rounds', async () => {
    const args = ['--rounds', '3', '--set', 'iterations=8', 'simulations=2', 'core.setting=tiny'];
    const { requests, rows, summary, report } = await race('drq-paper', args);
    expect(requests).toBe(3 * (8 + 8));
    for (const round of [1, 2, 3]) {
      const made = rows.filter((row) => row.round === round && row.origin !== 'warm-up');
      expect(made).toHaveLength(16);
      expect(made.every(({ evaluation }) => evaluation !== null)).toBe(true);
    }
    expect(summary).toMatchObject({ finished: true, calls: requests, unanswered: 0 });
    expect(summary.rounds.every(({ endedEarly }) => !endedEarly)).toBe(true);
    // The report says what was run, and not what the recipe is called.
    expectInPage(report, '3 rounds of 8 new warriors and 8 iterations each');
    expectInPage(report, 'openai: gpt-4.1-mini');
    expectInPage(report, 'changed: rounds=3');
    expectNotInPage(report, /ten rounds|offline/);
  });

  test('drq-code ends rounds at the threshold, with no request that is not recorded', async () => {
    const args = ['--rounds', '2', '--set', 'simulations=2', 'core.setting=tiny'];
    const { requests, rows, summary, stdout, report } = await race('drq-code', args);
    // The new warriors, one step, and three more that were under way.
    expect(summary.rounds.map(({ newWarriors }) => newWarriors)).toEqual([12, 12]);
    expect(summary.rounds.every(({ endedEarly }) => endedEarly)).toBe(true);
    expect(rows.filter(({ origin }) => origin !== 'warm-up')).toHaveLength(requests);
    expect(stdout).toContain('round 1 ended after 13 candidates');
    expectInPage(report, 'Ended at the fitness threshold: rounds 1, 2');
  });
});

test('a round without a new warrior is said loudly, in the output, the summary and the report', async () => {
  const poem = () => REPLIES.text('Roses are red.');
  const args = ['--rounds', '2', '--iterations', '3', '--set', 'simulations=1', 'newAtStart=2'];
  const { summary, stdout, report } = await race('drq-paper', args, poem);
  expect(summary.rounds.map(({ newWarriors }) => newWarriors)).toEqual([0, 0]);
  expect(stdout).toContain('WARNING: round 1 ended without a new warrior: none of 5 was legal');
  expect(stdout).toContain('WARNING: no new warrior in rounds 1, 2');
  expectInPage(report, 'No new warrior in rounds 1, 2');
});
