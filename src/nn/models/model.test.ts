// What createModel says of kinds and options that it does not know.
import { describe, expect, test } from 'vitest';
import { createModel, type ModelKind } from '../index.ts';
import { MODELS } from './registry.ts';

const create = (kind: string, options: object) =>
  createModel(MODELS, kind as ModelKind, options, { vocabSize: 11, contextLength: 6 });

function failure(kind: string, options: object = {}): unknown {
  try {
    return create(kind, options);
  } catch (error) {
    return error;
  }
}

describe('createModel', () => {
  const kinds = 'known kinds: llama, gru, lstm, min-gru, recurrent-mlp, recurrent-transformer';
  test.each([
    ['nope', kinds],
    ['constructor', kinds],
    ['lama', "did you mean 'llama'?"],
    ['recurent-mlp', "did you mean 'recurrent-mlp'?"],
  ])('refuses the kind %s', (kind, hint) => {
    const message = `model: unknown kind '${kind}'`;
    expect(failure(kind)).toMatchObject({ name: 'UserError', message, hint });
  });

  test.each([
    ['llama', { hidenSize: 8 }, "model: unknown key 'hidenSize'", "did you mean 'hiddenSize'?"],
    [
      'llama',
      { ropeScaling: { kind: 'llama3', faktor: 8 } },
      "model: unknown key 'faktor' in ropeScaling",
      "did you mean 'factor'?",
    ],
    ['gru', { memoryToken: 2 }, "model: unknown key 'memoryToken'", "did you mean 'memoryTokens'?"],
  ])('of %s names the option nearest to a misspelled one: %o', (kind, options, message, hint) => {
    expect(failure(kind, options)).toMatchObject({ name: 'UserError', message, hint });
  });

  test('joins the path of an option with dots', () => {
    expect(failure('llama', { ropeScaling: { kind: 'llama3', factor: 0 } })).toMatchObject({
      message: expect.stringMatching(/^model: ropeScaling\.factor: /),
    });
  });

  test.each(['gru', 'lstm', 'recurrent-mlp'])(
    '%s takes no cellLayers: its cell has one',
    (kind) => {
      expect(failure(kind, { cellLayers: 2 })).toMatchObject({
        message: "model: unknown key 'cellLayers'",
      });
      expect(create('recurrent-transformer', { cellLayers: 2 }).kind).toBe('recurrent-transformer');
    },
  );
});
