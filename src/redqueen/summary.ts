// The results of a run in numbers, computed from its files on request.

import { existsSync } from 'node:fs';
import { countUnanswered } from '../llm/index.ts';
import { finalElites, findRoundChampion } from './ancestry.ts';
import { countNiches, makeLayout } from './archive.ts';
import type { Candidate } from './candidate.ts';
import { readGenerality } from './generality-file.ts';
import { countRoundCandidates, type RedQueenRecipe } from './recipe.ts';
import { readCandidates, readRedQueenRecipe, redQueenPaths, roundFile } from './run-files.ts';
import { readRunUsage } from './usage.ts';

export type RoundSummary = {
  readonly round: number;
  /** Name of the champion; null while no candidate was legal. */
  readonly champion: string | null;
  readonly fitness: number | null;
  /** Share of niches that are held. */
  readonly coverage: number;
  /** Sum of the elites' fitness. */
  readonly qdScore: number;
  readonly candidates: number;
  /** Candidates without code, or whose code did not assemble. */
  readonly failures: number;
  /** Legal candidates that the round made, and did not begin with: where there is none, it evolved nothing. */
  readonly newWarriors: number;
  /** Whether the champion is one of them, and not one that the round began with. */
  readonly newChampion: boolean;
  /** Whether its fitness threshold ended it before all iterations. */
  readonly endedEarly: boolean;
  /** Share of held-out opponents that the champion defeats or ties; null until it is measured. */
  readonly generality: number | null;
  readonly defeated: number | null;
  readonly tied: number | null;
};

export type RedQueenSummary = {
  readonly name: string;
  readonly seed: number;
  readonly finished: boolean;
  readonly rounds: readonly RoundSummary[];
  readonly evaluations: number;
  /** Requests to a language model, retries included. */
  readonly calls: number;
  /** Those of `calls` that neither an answer nor a failure came of: cut off by a kill, or under way. */
  readonly unanswered: number;
  /** Tokens read and written by it. */
  readonly tokens: number;
  readonly seconds: number;
};

/** Sums up a run, finished or not. Throws UserError where its files are damaged. */
export function summarizeRun(directory: string): RedQueenSummary {
  const recipe = readRedQueenRecipe(directory);
  const paths = redQueenPaths(directory);
  const candidates = readCandidates(directory);
  const { seconds, model } = readRunUsage(paths.usage, paths.answers);
  const generality = readGenerality(directory);
  const rounds = candidates.map((own, i): RoundSummary => {
    const measured = generality?.champions.find(({ round }) => round === i + 1);
    const isOver = existsSync(roundFile(paths.champions, i + 1, 'red'));
    return {
      ...summarizeRound(own, recipe, isOver),
      generality: measured?.generality ?? null,
      defeated: measured?.defeated ?? null,
      tied: measured?.tied ?? null,
    };
  });
  return {
    name: recipe.name,
    seed: recipe.seed,
    finished: existsSync(roundFile(paths.champions, recipe.rounds, 'red')),
    rounds,
    evaluations: candidates.flat().filter(({ evaluation }) => evaluation !== null).length,
    calls: model.requests,
    unanswered: countUnanswered(model),
    tokens: model.inputTokens + model.outputTokens,
    seconds,
  };
}

/** The results of a round, without generality. */
export type RoundFigures = Omit<RoundSummary, 'generality' | 'defeated' | 'tied'>;

/** Figures of a round from its candidates, of which there is one at least. */
export function summarizeRound(
  candidates: readonly Candidate[],
  recipe: RedQueenRecipe,
  isOver: boolean,
): RoundFigures {
  const elites = finalElites(candidates);
  const best = findRoundChampion(candidates);
  const fitnessOf = ({ evaluation }: Candidate) => evaluation!.fitness;
  const legal = candidates.filter(({ evaluation }) => evaluation !== null);
  const { round } = candidates[0]!;
  return {
    round,
    champion: best?.name ?? null,
    fitness: best ? fitnessOf(best) : null,
    coverage: elites.size / countNiches(makeLayout(recipe.archive)),
    qdScore: [...elites.values()].reduce((sum, candidate) => sum + fitnessOf(candidate), 0),
    candidates: candidates.length,
    failures: candidates.length - legal.length,
    newWarriors: legal.filter(({ origin }) => origin !== 'warm-up').length,
    newChampion: best !== null && best.origin !== 'warm-up',
    endedEarly: isOver && candidates.length < countRoundCandidates(recipe, round),
  };
}
