// Trains apart from the page's thread.

import { config } from 'zod';
import type { TrainAnswer, TrainRequest } from './serve-training.ts';

// Schemas would probe for `eval`, which the page's policy forbids.
config({ jitless: true });

const tell = (answer: TrainAnswer) => (self as unknown as Worker).postMessage(answer);
const server = import('./serve-training.ts').then(({ createTrainServer }) =>
  createTrainServer(tell),
);

self.addEventListener('message', async ({ data }: MessageEvent<TrainRequest>) => {
  await (await server)(data);
});
