// Counts in options and recipes.

import { z } from 'zod';

/** A whole number from 1 to a generous limit. */
export const count = z.int().positive().max(1e12);
