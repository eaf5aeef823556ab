// What a number of something may be in options and recipes.

import { z } from 'zod';

/** At least one of something, and fewer than anybody has time for. */
export const count = z.int().positive().max(1e12);
