// Training as messages: what the page asks of its worker, and what it hears.

import { UserError } from '../../../src/core/index.ts';
import type { Baseline } from './choose-baselines.ts';
import { type BrowserDeviceName, chooseThreads, openBrowserDevice } from './load-runtime.ts';
import type { NanoRecipe } from './nano-recipe.ts';
import {
  type Evaluation,
  measureNanoBaselines,
  openTraining,
  previewWorld,
} from './open-training.ts';

export type TrainRequest =
  | {
      readonly kind: 'train';
      readonly recipe: NanoRecipe;
      /** The address of the folder with the runtime. */
      readonly runtime: string;
      readonly device: BrowserDeviceName;
    }
  | { readonly kind: 'baselines'; readonly recipe: NanoRecipe }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' };

export type TrainAnswer =
  | {
      readonly kind: 'opened';
      readonly parameters: number;
      readonly vocabSize: number;
      readonly device: BrowserDeviceName;
      readonly threads: number;
    }
  /** Losses of the steps since the last message, the first of them being that of step `first`, from 1. */
  | {
      readonly kind: 'steps';
      readonly first: number;
      readonly losses: readonly number[];
      readonly stepsPerSecond: number;
    }
  | { readonly kind: 'evaluation'; readonly step: number; readonly evaluation: Evaluation }
  | { readonly kind: 'preview'; readonly frames: Evaluation['frames'] }
  | { readonly kind: 'baselines'; readonly baselines: readonly Baseline[] }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly message: string; readonly hint: string | null };

type Tell = (answer: TrainAnswer) => void;

/** Steps are told of about this often. */
const TELL_EVERY_MS = 100;

/** Serves the requests of one page; a worker trains once. */
export function createTrainServer(tell: Tell): (request: TrainRequest) => Promise<void> {
  let isPaused = false;
  let wake = () => {};
  return async (request) => {
    try {
      switch (request.kind) {
        case 'train':
          await train(request);
          return;
        case 'baselines':
          tell({ kind: 'preview', frames: await previewWorld(request.recipe) });
          tell({ kind: 'baselines', baselines: await measureNanoBaselines(request.recipe) });
          return;
        case 'pause':
          isPaused = true;
          return;
        case 'resume':
          isPaused = false;
          wake();
      }
    } catch (error) {
      const hint = (error instanceof UserError && error.hint) || null;
      tell({ kind: 'error', message: (error as Error).message, hint });
    }
  };

  async function train({
    recipe,
    runtime,
    device: name,
  }: Extract<TrainRequest, { kind: 'train' }>): Promise<void> {
    const threads = chooseThreads(globalThis.crossOriginIsolated, navigator.hardwareConcurrency);
    const device = await openBrowserDevice(runtime, name, threads);
    const training = await openTraining(device, recipe);
    const { parameters, vocabSize } = training;
    tell({ kind: 'opened', parameters, vocabSize, device: name, threads });
    tell({ kind: 'evaluation', step: 0, evaluation: await training.evaluate() });
    let losses: number[] = [];
    let toldMs = performance.now();
    for (let step = 0; step < recipe.steps; step++) {
      losses.push(await training.step(step));
      const done = step + 1;
      const evaluates = done % recipe.evaluateEvery === 0 || done === recipe.steps;
      const passedMs = performance.now() - toldMs;
      if (passedMs > TELL_EVERY_MS || evaluates) {
        const stepsPerSecond = (1000 * losses.length) / passedMs;
        tell({ kind: 'steps', first: done - losses.length + 1, losses, stepsPerSecond });
        losses = [];
        toldMs = performance.now();
      }
      if (evaluates) {
        tell({ kind: 'evaluation', step: done, evaluation: await training.evaluate() });
        toldMs = performance.now();
      }
      await nextTask();
      if (isPaused) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        toldMs = performance.now();
      }
    }
    tell({ kind: 'end' });
    await training.close();
    await device.close();
  }
}

/** Lets messages in, without the delay that timers have. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
