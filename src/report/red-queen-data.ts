// What the report of an arms race is made from.

import type {
  Candidate,
  GeneralityRecord,
  RedQueenRecipe,
  RedQueenSummary,
} from '../redqueen/index.ts';
import type { Provenance } from './provenance-section.ts';

export type RedQueenReportData = Provenance & {
  readonly recipe: RedQueenRecipe;
  readonly summary: RedQueenSummary;
  /** By round, from round 1 on. */
  readonly candidates: readonly (readonly Candidate[])[];
  readonly generality: GeneralityRecord | null;
};
