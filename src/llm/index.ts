// Public surface of `primordia/llm`: language models over HTTP, with retries, budgets and a cache.
export { type Clock, systemClock } from './clock.ts';
export { readCacheUsage } from './completion-cache.ts';
export { createLanguageModel, type LanguageModelOptions } from './create-language-model.ts';
export * from './language-model.ts';
export { BudgetSpent, LanguageModelError } from './llm-errors.ts';
export type { Provider } from './protocol.ts';
export { addUsage, countUnanswered, mergeUsage, NO_USAGE } from './spending-gate.ts';
