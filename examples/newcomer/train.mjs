// train.mjs
// Trains from a program of one's own, on a world and a model that it imports: node train.mjs [FOLDER]

import { addPlugin, parseRecipe, startTraining } from 'primordia';
import { bounce } from './bounce.js';
import { window } from './window.js';

const registries = addPlugin({ models: [window], worlds: [bounce] });
const recipe = parseRecipe(
  {
    name: 'library',
    model: { kind: 'window', tokens: 3 },
    data: { kind: 'bounce', width: 12 },
    batchSize: 32,
    stages: { learn: { optimizer: { learningRate: 1e-2 }, steps: 100, evaluateEvery: 50 } },
  },
  'train.mjs',
  registries,
);

const { stages } = await startTraining(recipe, {
  directory: process.argv[2] ?? 'runs/library',
  registries,
  listener(event) {
    if (event.kind !== 'evaluation') return;
    console.log(`step ${event.step}: held-out loss ${event.heldOutLoss.toFixed(3)} nats per token`);
  },
});
console.log(`final loss ${stages.at(-1).loss.toFixed(3)}`);
