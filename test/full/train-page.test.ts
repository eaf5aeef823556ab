// A run in a browser from its first step to its last.

import { describeTrainingPage } from '../support/browse-training.ts';

describeTrainingPage({ whole: true });
