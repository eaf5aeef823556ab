// The page that trains; to the end, and in both color schemes: test/full/train-page.test.ts.

import { describeTrainingPage } from '../support/browse-training.ts';

describeTrainingPage({ whole: false });
