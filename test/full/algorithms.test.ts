// The pairs of algorithms and models that test/conformance/algorithms.test.ts leaves out.

import { describePairs, isLongPair } from '../support/algorithm-pairs.ts';

describePairs(isLongPair, { undisturbed: true });
