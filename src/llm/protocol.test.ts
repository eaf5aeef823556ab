import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anthropicProtocol } from './anthropic-protocol.ts';
import { openaiProtocol } from './openai-protocol.ts';
import { completeCounts, type ParsedAnswer } from './protocol.ts';

const PROTOCOLS = [openaiProtocol, anthropicProtocol];
const REQUEST = {
  messages: [
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'yes' },
    { role: 'system', content: 'be kind' },
    { role: 'user', content: 'go' },
  ],
  temperature: 0.5,
  maxTokens: 7,
  seed: 3,
  tag: 'round 1',
} as const;

const openaiAnswer = (message: unknown, rest: object = {}) => ({
  choices: [{ message, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 4 },
  ...rest,
});

describe('requests', () => {
  it('writes chat completions, with the name of the bound that the server knows', () => {
    const body = openaiProtocol.body('m', REQUEST, false);
    expect(JSON.parse(JSON.stringify(body))).toEqual({
      model: 'm',
      messages: REQUEST.messages,
      stream: false,
      temperature: 0.5,
      max_tokens: 7,
      seed: 3,
    });
    const official = openaiProtocol.body('m', REQUEST, true);
    expect(official).toMatchObject({ max_completion_tokens: 7 });
    expect(official).not.toHaveProperty('max_tokens');
  });

  it('writes messages with the system apart, always bounded, without seed and tag', () => {
    const body = anthropicProtocol.body('m', REQUEST, true);
    expect(JSON.parse(JSON.stringify(body))).toEqual({
      model: 'm',
      system: 'be brief\n\nbe kind',
      messages: [REQUEST.messages[1], REQUEST.messages[2], REQUEST.messages[4]],
      max_tokens: 7,
      temperature: 0.5,
      stream: false,
    });
    const bare = anthropicProtocol.body('m', { messages: [{ role: 'user', content: 'x' }] }, true);
    expect(JSON.parse(JSON.stringify(bare))).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'x' }],
      max_tokens: 4096,
      stream: false,
    });
  });

  it('puts the key where each protocol wants it, and nowhere without one', () => {
    expect(openaiProtocol.headers('k')).toEqual({ authorization: 'Bearer k' });
    expect(openaiProtocol.headers(null)).toEqual({});
    expect(anthropicProtocol.headers('k')).toMatchObject({ 'x-api-key': 'k' });
    expect(anthropicProtocol.headers(null)).toEqual({ 'anthropic-version': '2023-06-01' });
  });
});

describe('answers of chat completions', () => {
  it.each<[string, unknown, Partial<ParsedAnswer>]>([
    [
      'text',
      openaiAnswer({ content: 'a' }),
      { ok: true, text: 'a', inputTokens: 3, outputTokens: 4 },
    ],
    ['null content', openaiAnswer({ content: null, refusal: 'no' }), { ok: true, text: '' }],
    ['absent content', openaiAnswer({ reasoning_content: 'hm' }), { ok: true, text: '' }],
    [
      'parts',
      openaiAnswer({
        content: [
          { type: 'text', text: 'a' },
          { type: 'refusal', refusal: 'b' },
          null,
          { type: 'text', text: 'c' },
        ],
      }),
      { ok: true, text: 'ac' },
    ],
    ['content of no kind', openaiAnswer({ content: 7 }), { ok: false }],
    ['no message', { choices: [{}] }, { ok: false }],
    ['no choice', { choices: [] }, { ok: false }],
    ['no choices', { choices: {} }, { ok: false }],
    ['no object', null, { ok: false }],
    [
      'no counts',
      openaiAnswer({ content: 'a' }, { usage: { prompt_tokens: -1, completion_tokens: '4' } }),
      { ok: true, inputTokens: null, outputTokens: null },
    ],
  ])('reads %s', (_, json, expected) => {
    expect(openaiProtocol.parse(json)).toMatchObject(expected);
  });

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'other'],
    [null, 'other'],
  ])('reads the end %s as %s', (reason, expected) => {
    const json = { choices: [{ message: { content: '' }, finish_reason: reason }] };
    expect(openaiProtocol.parse(json)).toMatchObject({ stopReason: expected });
  });
});

describe('answers of messages', () => {
  it.each<[string, unknown, Partial<ParsedAnswer>]>([
    [
      'text beside reasoning',
      {
        content: [
          { type: 'thinking', thinking: 'hm' },
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
        usage: { input_tokens: 1, cache_read_input_tokens: 10, output_tokens: 2 },
        stop_reason: 'end_turn',
      },
      { ok: true, text: 'ab', inputTokens: 11, outputTokens: 2, stopReason: 'stop' },
    ],
    [
      'reasoning cut short',
      { content: [], stop_reason: 'max_tokens' },
      { ok: true, text: '', stopReason: 'length' },
    ],
    ['content as text', { content: 'a' }, { ok: true, text: 'a', stopReason: 'other' }],
    ['null content', { content: null }, { ok: false }],
    ['no content', {}, { ok: false }],
    ['a list', [], { ok: false }],
  ])('reads %s', (_, json, expected) => {
    expect(anthropicProtocol.parse(json)).toMatchObject(expected);
  });
});

/** Objects with the protocols' own names and any JSON, or another such object, under each. */
const { hostile } = fc.letrec((tie) => ({
  hostile: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.jsonValue(),
    fc.array(tie('hostile'), { maxLength: 3 }),
    fc.constantFrom('text', 'stop', 'length', 'end_turn', 1e308, -1, 0.5, 2 ** 53),
    fc.dictionary(
      fc.constantFrom(
        ...[
          'choices',
          'message',
          'content',
          'type',
          'text',
          'usage',
          'prompt_tokens',
          'finish_reason',
        ],
        ...[
          'completion_tokens',
          'input_tokens',
          'output_tokens',
          'stop_reason',
          '__proto__',
          'length',
        ],
      ),
      tie('hostile'),
    ),
  ),
}));

describe('hostile answers', () => {
  it.each(PROTOCOLS)('never make $provider throw, and what is read has its types', (protocol) => {
    let read = 0;
    const shaped = hostile.chain((part) =>
      fc.constantFrom<unknown>(
        part,
        { choices: [{ message: { content: part }, finish_reason: part }], usage: part },
        { content: part, usage: { input_tokens: part, output_tokens: part }, stop_reason: part },
        { content: [{ type: 'text', text: part }, part], usage: part },
      ),
    );
    fc.assert(
      fc.property(shaped, (value) => {
        const answer = protocol.parse(JSON.parse(JSON.stringify(value)));
        if (!answer.ok) {
          expect(answer.reason).toMatch(/^[\w" ]+$/);
          return;
        }
        read++;
        expect(typeof answer.text).toBe('string');
        expect(['stop', 'length', 'other']).toContain(answer.stopReason);
        for (const count of Object.values(completeCounts(answer, REQUEST))) {
          expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
        }
      }),
      { numRuns: 2000, seed: 5 },
    );
    expect(read).toBeGreaterThan(100);
  });

  it('estimates counts that a server does not give', () => {
    const answer = { text: 'abcde', inputTokens: null, outputTokens: null };
    expect(completeCounts(answer, REQUEST)).toEqual({ inputTokens: 6, outputTokens: 2 });
  });
});
