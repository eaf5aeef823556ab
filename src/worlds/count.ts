// Numbers of something in options of worlds; the worlds themselves check their ranges.

import { z } from 'zod';

export const count = z.int().positive();
export const countOrNone = z.int().nonnegative();
