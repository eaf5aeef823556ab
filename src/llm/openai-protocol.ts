// Chat completions, as OpenAI defined them and Ollama, vLLM, llama.cpp's server and OpenRouter serve them.

import type { StopReason } from './language-model.ts';
import { joinTextParts, type Protocol, readCount, readMember } from './protocol.ts';

export const openaiProtocol: Protocol = {
  provider: 'openai',
  officialBaseUrl: 'https://api.openai.com/v1',
  defaultKeyVariable: 'OPENAI_API_KEY',
  path: '/chat/completions',

  headers: (key) => (key === null ? {} : { authorization: `Bearer ${key}` }),

  body: (model, request, official) => ({
    model,
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    stream: false,
    temperature: request.temperature,
    // OpenAI's newer models refuse the old name; other servers know only that one.
    [official ? 'max_completion_tokens' : 'max_tokens']: request.maxTokens,
    seed: request.seed,
  }),

  parse: (json) => {
    const choices = readMember(json, 'choices');
    if (!Array.isArray(choices)) return { ok: false, reason: 'it has no list "choices"' };
    if (choices.length === 0) return { ok: false, reason: '"choices" is empty' };
    const message = readMember(choices[0], 'message');
    if (typeof message !== 'object' || message === null) {
      return { ok: false, reason: 'its first choice has no "message"' };
    }
    const text = readContent(readMember(message, 'content'));
    if (text === null) return { ok: false, reason: 'its "content" is neither text nor parts' };
    const usage = readMember(json, 'usage');
    return {
      ok: true,
      text,
      inputTokens: readCount(readMember(usage, 'prompt_tokens')),
      outputTokens: readCount(readMember(usage, 'completion_tokens')),
      stopReason: readStopReason(readMember(choices[0], 'finish_reason')),
    };
  },
};

/** Null and absent content (refusals, tool calls, reasoning cut short) are an empty text. */
function readContent(content: unknown): string | null {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? joinTextParts(content) : null;
}

function readStopReason(reason: unknown): StopReason {
  return reason === 'stop' || reason === 'length' ? reason : 'other';
}
