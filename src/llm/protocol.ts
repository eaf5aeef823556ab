// What differs between providers: where a request goes, how it is written, and how an answer is read.

import type { CompletionRequest, StopReason, TokenCount } from './language-model.ts';

export type Provider = 'openai' | 'anthropic';

/** An answer's content, or why it is none. A count that the server does not give is null. */
export type ParsedAnswer =
  | {
      readonly ok: true;
      readonly text: string;
      readonly inputTokens: number | null;
      readonly outputTokens: number | null;
      readonly stopReason: StopReason;
    }
  | { readonly ok: false; readonly reason: string };

export type Protocol = {
  readonly provider: Provider;
  /** The provider's own server. The default key goes nowhere else. */
  readonly officialBaseUrl: string;
  readonly defaultKeyVariable: string;
  /** Below the base URL. */
  readonly path: string;
  /** Headers that carry the key, and those that the protocol demands. */
  headers(key: string | null): Record<string, string>;
  body(model: string, request: CompletionRequest, official: boolean): Record<string, unknown>;
  /** Reads any JSON value; never throws. */
  parse(json: unknown): ParsedAnswer;
};

/** A JSON value's member, or undefined if the value is not an object or the member is inherited. */
export function readMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** A token count, or null if it is not a count. */
export function readCount(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;
}

/** The texts of content parts of type `text`, joined; other parts (reasoning, tools, refusals) have no visible text. */
export function joinTextParts(parts: readonly unknown[]): string {
  return parts
    .filter((part) => readMember(part, 'type') === 'text')
    .map((part) => readMember(part, 'text'))
    .filter((text) => typeof text === 'string')
    .join('');
}

/** Tokens of a text whose server counts none: a rule of thumb, four characters per token. */
export function estimateTokens(characters: number): number {
  return Math.ceil(characters / 4);
}

/** The counts of an answer, estimated from the characters sent and received where the server gave none. */
export function completeCounts(
  answer: { text: string; inputTokens: number | null; outputTokens: number | null },
  request: CompletionRequest,
): TokenCount {
  const sent = request.messages.reduce((sum, message) => sum + message.content.length, 0);
  return {
    inputTokens: answer.inputTokens ?? estimateTokens(sent),
    outputTokens: answer.outputTokens ?? estimateTokens(answer.text.length),
  };
}
