// Anthropic's Messages API.

import type { StopReason } from './language-model.ts';
import { joinTextParts, type Protocol, readCount, readMember } from './protocol.ts';

/** This API demands a bound; where the caller gives none, this is it. */
const DEFAULT_MAX_TOKENS = 4096;

export const anthropicProtocol: Protocol = {
  provider: 'anthropic',
  officialBaseUrl: 'https://api.anthropic.com/v1',
  defaultKeyVariable: 'ANTHROPIC_API_KEY',
  path: '/messages',

  headers: (key) => ({
    'anthropic-version': '2023-06-01',
    ...(key === null ? {} : { 'x-api-key': key }),
  }),

  body: (model, request) => {
    const system = request.messages.filter(({ role }) => role === 'system');
    return {
      model,
      // System messages stand apart from the conversation here, whatever their place in it.
      system: system.length === 0 ? undefined : system.map(({ content }) => content).join('\n\n'),
      messages: request.messages
        .filter(({ role }) => role !== 'system')
        .map(({ role, content }) => ({ role, content })),
      max_tokens: request.maxTokens ?? DEFAULT_MAX_TOKENS,
      temperature: request.temperature,
      stream: false,
    };
  },

  parse: (json) => {
    const content = readMember(json, 'content');
    const text = typeof content === 'string' ? content : null;
    if (text === null && !Array.isArray(content)) {
      return { ok: false, reason: 'it has no list "content"' };
    }
    const usage = readMember(json, 'usage');
    return {
      ok: true,
      text: text ?? joinTextParts(content as unknown[]),
      inputTokens: readInputTokens(usage),
      outputTokens: readCount(readMember(usage, 'output_tokens')),
      stopReason: readStopReason(readMember(json, 'stop_reason')),
    };
  },
};

/** `input_tokens` leaves out what a gateway's prompt cache held; it was input all the same. */
function readInputTokens(usage: unknown): number | null {
  const fresh = readCount(readMember(usage, 'input_tokens'));
  if (fresh === null) return null;
  const written = readCount(readMember(usage, 'cache_creation_input_tokens')) ?? 0;
  const read = readCount(readMember(usage, 'cache_read_input_tokens')) ?? 0;
  return readCount(fresh + written + read);
}

function readStopReason(reason: unknown): StopReason {
  if (reason === 'end_turn' || reason === 'stop_sequence') return 'stop';
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'length';
  return 'other';
}
