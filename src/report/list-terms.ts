// Words of a page that not every reader knows.

import type { ReportPage, Term } from './types.ts';

type Entry = Term & {
  /** Finds the word in a page's text. */
  readonly pattern: RegExp;
};

const ENTRIES: readonly Entry[] = [
  {
    term: 'gate',
    pattern: /\bgates?\b|requireGate/i,
    definition:
      'The test of what a model has learned of its world: its loss on held-out sequences beside the losses of predictors that know no dynamics. The verdict is nothing, statistics or dynamics.',
  },
  {
    term: 'arm, cell',
    pattern: /\bPaired seeds\b/,
    definition:
      'One of the variants that a study compares, such as training from scratch. Each is run under every seed, and compared with the others in pairs of one seed.',
  },
  {
    term: 'source',
    pattern: /\bSources?\b|\bstage source\b/,
    definition: 'A model trained before, whose weights a stage begins with.',
  },
  {
    term: 'control',
    pattern: /\bcontrols?\b/i,
    definition:
      'A variant that lacks just what is believed to help, such as sequences whose order is shuffled. A treatment that does no better than its control does not help for that reason.',
  },
  {
    term: 'free-running',
    pattern: /free-running|rolled-out/i,
    definition:
      'The finished model reads a held-out sequence with nothing but its own state, carried along from its initial state on; no teacher corrects that state.',
  },
  {
    term: 'teacher',
    pattern: /\bteachers?\b|teacher[’']s/i,
    definition:
      'A model that sees whole sequences and decides what is worth remembering; a recurrent network learns to form its memories (Supervised Memory Training). It is not needed once training is over.',
  },
  {
    term: 'memory',
    pattern: /\bmemor(y|ies)\b/i,
    definition: 'The state that a recurrent network carries from one token to the next.',
  },
  {
    term: 'n-gram baseline',
    pattern: /n-grams?|unigram|bigram/i,
    definition:
      'A predictor that counts in the training data: how often each token occurs (unigrams), and how often after the token before it (bigrams). A model must do better to have learned more.',
  },
  {
    term: 'held out',
    pattern: /held[- ]out/i,
    definition: 'Never trained on: kept for evaluation.',
  },
  {
    term: 'nats per target',
    pattern: /nats/i,
    definition:
      'Cross-entropy with natural logarithms, averaged over the predicted tokens: 0 is certainty, ln V is guessing among V tokens. One nat is 1.443 bits.',
  },
  {
    term: 'sequential depth',
    pattern: /sequential depth|depth per step/i,
    definition:
      'The longest chain of operations that wait for one another: what remains of the time of a step where there are processors enough.',
  },
  {
    term: 'adjusted p',
    pattern: /adjusted|\bHolm\b/i,
    definition:
      'A p value that counts in how many comparisons the study makes (Holm’s method): with many comparisons some look like findings by chance.',
  },
  {
    term: 'champion',
    pattern: /champions?/i,
    definition: 'The fittest program of a round, which later rounds have as an opponent.',
  },
  {
    term: 'niche, elite, QD score',
    pattern: /\bniches?\b|\belites?\b|QD score/i,
    definition:
      'The archive keeps the fittest program, the elite, of each kind of behavior, the niche (MAP-Elites). The QD score is the sum of the fitness of all elites: quality and diversity in one figure.',
  },
  {
    term: 'generality',
    pattern: /generality/i,
    definition:
      'The share of held-out warriors, which evolution never met, that a champion defeats or ties.',
  },
];

/** Those that the page's own words name, in the order of this list. */
export function listTerms(page: Pick<ReportPage, 'subtitle' | 'facts' | 'sections'>): Term[] {
  const text = gatherText([page.subtitle, page.facts, page.sections]).join('\n');
  return ENTRIES.filter(({ pattern }) => pattern.test(text)).map(({ term, definition }) => ({
    term,
    definition,
  }));
}

/** All text of a page but recipes and markup. */
function gatherText(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(gatherText);
  if (typeof value !== 'object' || value === null) return [];
  const { kind } = value as { readonly kind?: unknown };
  if (kind === 'details' || kind === 'sample' || kind === 'markup') return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'points' || key === 'data' ? [] : gatherText(inner),
  );
}
