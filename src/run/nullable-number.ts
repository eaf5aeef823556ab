// Numbers as JSON holds them.

import { z } from 'zod';

/** JSON has null for numbers that are not finite. */
export const nullableNumber = z.number().nullable();
