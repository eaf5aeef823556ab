// A kind of run for tests of studies: stages of a few numbers, artifacts as files, stopped and resumed at every step.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../src/core/index.ts';
import { type GateRequirement, type GateResult, meetsRequirement } from '../../src/eval/index.ts';
import { Diverged, RunStopped } from '../../src/run/events.ts';
import type { ExperimentOptions, RunSummary, StageSummary } from '../../src/run/experiment.ts';
import { createRunFolder, lockRunFolder, runPaths } from '../../src/run/run-folder.ts';
import type { StagedRecipe } from '../../src/study/split-recipe.ts';
import type { StagedExperiment } from '../../src/study/study-folder.ts';

type FakeStage = {
  readonly steps: number;
  /** Added to the model at every step. */
  readonly pull: number;
  readonly data?: unknown;
  readonly gate?: GateResult;
  /** What the stage before must have learned. */
  readonly requireGate?: GateRequirement;
  readonly start?: { readonly from?: string } | null;
  readonly optimizer: { readonly learningRate: number };
};

type FakeRecipe = StagedRecipe & { readonly stages: Readonly<Record<string, FakeStage>> };

export type FakeOptions = {
  /** Hears of every step that is taken. */
  readonly onStep?: ((recipe: FakeRecipe, stage: string, step: number) => void) | undefined;
  readonly onAttempt?: (recipe: FakeRecipe) => void;
};

const KEYS = [
  'format',
  'name',
  'seed',
  'description',
  'model',
  'data',
  'stages',
  'rollout',
  'engine',
];
const STAGE_KEYS = ['steps', 'pull', 'data', 'gate', 'requireGate', 'start', 'optimizer'];

function parse(value: unknown, origin: string): FakeRecipe {
  const { stages, ...rest } = value as Record<string, Record<string, unknown>>;
  refuseUnknown(rest, KEYS, origin);
  const filled = Object.entries(stages ?? {}).flatMap(([name, stage]) => {
    if (stage === null) return [];
    refuseUnknown(stage as object, STAGE_KEYS, `${origin}: stages.${name}`);
    const { optimizer, ...own } = stage as Record<string, object>;
    return [[name, { steps: 3, pull: 0, ...own, optimizer: { learningRate: 0.1, ...optimizer } }]];
  });
  const recipe = { model: {}, rollout: {}, ...rest, stages: Object.fromEntries(filled) };
  return JSON.parse(JSON.stringify(recipe));
}

function refuseUnknown(value: object, known: readonly string[], place: string): void {
  const found = Object.keys(value).find((key) => !known.includes(key));
  if (found) throw new UserError(`${place}: unknown key '${found}'`);
}

export function createFakeExperiment({ onStep, onAttempt }: FakeOptions = {}): StagedExperiment {
  const run = async (directory: string, options: ExperimentOptions): Promise<RunSummary> => {
    const lock = lockRunFolder(directory);
    try {
      const recipe = read(runPaths(directory).recipe) as FakeRecipe;
      let batch = 0;
      for (const [name, stage] of Object.entries(recipe.stages)) {
        await runStage(directory, recipe, name, { batch, options, onStep });
        if (stage.data === undefined) batch += stage.steps;
      }
      const summary = summarize(directory);
      write(runPaths(directory).summary, summary);
      return summary;
    } finally {
      lock.release();
    }
  };
  return {
    kind: 'fake',
    parse,
    attempt: async (recipe) => onAttempt?.(recipe as FakeRecipe),
    start: async (recipe, options) => {
      createRunFolder(options.directory);
      write(runPaths(options.directory).recipe, recipe);
      return run(options.directory, options);
    },
    resume: (options) => run(options.directory, options),
    summarize,
  };
}

type Progress = { readonly step: number; readonly weight: number; readonly losses: number[] };

type StageContext = Pick<FakeOptions, 'onStep'> & {
  readonly batch: number;
  readonly options: ExperimentOptions;
};

async function runStage(
  directory: string,
  recipe: FakeRecipe,
  name: string,
  { batch, options, onStep }: StageContext,
): Promise<void> {
  const stage = recipe.stages[name]!;
  if (isRefused(recipe, name)) throw new UserError(`stage '${name}' was not begun`);
  const file = stagePath(directory, name);
  let at: Progress = existsSync(file)
    ? (read(file) as Progress)
    : { step: 0, weight: readOrigin(directory, recipe, name), losses: [] };
  while (at.step < stage.steps) {
    onStep?.(recipe, name, at.step);
    // Other runs take turns here.
    await new Promise((resolve) => setImmediate(resolve));
    const { learningRate } = stage.optimizer;
    if (learningRate > 1) throw new Diverged(`stage '${name}' diverged`, { hint: 'lower it' });
    const index = stage.data === undefined ? batch + at.step : at.step;
    const drawn = draw(recipe.seed, stage.data === undefined ? 'run' : name, index);
    const weight = at.weight + stage.pull + learningRate * drawn;
    at = { step: at.step + 1, weight, losses: [...at.losses, 2 - weight] };
    write(file, at);
    options.listener?.({
      kind: 'step',
      arm: options.label ?? recipe.name,
      stage: name,
      step: at.step,
      steps: stage.steps,
      loss: 2 - weight,
      learningRate,
      gradientNorm: 1,
      tokensPerSecond: 1,
      etaSeconds: 0,
    });
    if (options.signal?.aborted) throw new RunStopped(directory);
  }
}

function isRefused({ stages }: FakeRecipe, name: string): boolean {
  const names = Object.keys(stages);
  const gate = stages[names[names.indexOf(name) - 1] ?? '']?.gate;
  return gate !== undefined && !meetsRequirement(gate, stages[name]!.requireGate);
}

function readOrigin(directory: string, { seed, stages }: FakeRecipe, name: string): number {
  const names = Object.keys(stages);
  const { start } = stages[name]!;
  const from = start === null ? undefined : (start?.from ?? names[names.indexOf(name) - 1]);
  if (from === undefined) return draw(seed, `${name} model`, 0);
  if (!from.startsWith('run:')) return (read(stagePath(directory, from)) as Progress).weight;
  const origin = path.join(directory, from.slice('run:'.length));
  const { stages: earlier } = read(runPaths(origin).recipe) as FakeRecipe;
  const last = Object.keys(earlier).at(-1)!;
  return (read(stagePath(origin, last)) as Progress).weight;
}

function summarize(directory: string): RunSummary {
  const recipe = read(runPaths(directory).recipe) as FakeRecipe;
  const { seed, stages } = recipe;
  let totalSteps = 0;
  const names = Object.keys(stages);
  const summed = names.map((name, i): StageSummary => {
    const { steps, gate = null, start } = stages[name]!;
    const { losses } = existsSync(stagePath(directory, name))
      ? (read(stagePath(directory, name)) as Progress)
      : { losses: [] };
    const from = start === null ? undefined : (start?.from ?? names[i - 1]);
    const curve = losses.map((loss, step) => {
      totalSteps++;
      const measures = { accuracy: 1 - loss / 2 };
      const spent = { totalSteps, seconds: totalSteps, depth: totalSteps };
      return { step: step + 1, tokens: 10 * (step + 1), ...spent, loss, measures };
    });
    return {
      name,
      algorithm: 'fake',
      data: 'fake',
      steps,
      tokens: 10 * steps,
      parameters: 1,
      depth: 1,
      stepMs: 1,
      loss: curve.at(-1)?.loss ?? null,
      bitsPerByte: null,
      measures: curve.at(-1)?.measures ?? {},
      curve,
      gradients: null,
      drift: null,
      gate,
      start: from === undefined ? null : { from, tokens: null, shipped: null, gate: null },
      refused: isRefused(recipe, name),
    };
  });
  const loss = summed.at(-1)?.loss ?? 0;
  const rollout = { loss, accuracy: 1 - loss / 2 };
  return { seed, stages: summed, baselines: null, rollout, seconds: totalSteps };
}

/** A number in [0, 1), by seed, stream and index. */
function draw(seed: number, stream: string, index: number): number {
  let state = 2166136261;
  for (const character of `${seed} ${stream} ${index}`) {
    state = Math.imul(state ^ character.charCodeAt(0), 16777619) >>> 0;
  }
  return (Math.imul(state ^ (state >>> 15), 2246822519) >>> 0) / 2 ** 32;
}

function stagePath(directory: string, stage: string): string {
  return path.join(directory, 'stages', stage, 'model.json');
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function write(file: string, value: unknown): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(value));
}

/** What decides numbers in a study's folder: every model of every job, and every recipe. */
export function readModels(place: string): Record<string, string> {
  const files = readdirSync(path.join(place, 'jobs'), { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    files
      .filter((file) => file.endsWith('model.json') || file.endsWith('recipe.json'))
      .sort()
      .map((file) => [file, readFileSync(path.join(place, 'jobs', file), 'utf8')]),
  );
}
