// The destination of requests and their key, checked before anything is sent.

import { UserError } from '../core/index.ts';
import { anthropicProtocol } from './anthropic-protocol.ts';
import { openaiProtocol } from './openai-protocol.ts';
import type { Protocol, Provider } from './protocol.ts';
import { createRedact, type Redact } from './redact.ts';

export type EndpointOptions = {
  readonly provider: Provider;
  /** The model's name, as its server knows it. */
  readonly model: string;
  /** Up to and with the version, as in http://localhost:11434/v1; the provider's own where absent. */
  readonly baseUrl?: string;
  /**
   * The environment variable that holds the key. Where absent, OPENAI_API_KEY or ANTHROPIC_API_KEY for the
   * provider's own server, and no key for any other: a key must not reach a server that it was not made for.
   */
  readonly apiKeyVariable?: string;
};

/** A checked destination. `key` must not leave this object but as a header. */
export type Endpoint = {
  readonly protocol: Protocol;
  readonly model: string;
  /** Provider and model, as in "openai:gpt-5". */
  readonly name: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** Whether it is the provider's own server. */
  readonly official: boolean;
  readonly key: string | null;
  readonly keyVariable: string | null;
  /** Takes the key out of a text. */
  readonly redact: Redact;
};

const PROTOCOLS: Readonly<Record<Provider, Protocol>> = {
  openai: openaiProtocol,
  anthropic: anthropicProtocol,
};

/**
 * @param needsKey whether a missing key is an error already now (it is not for a model that only replays its cache)
 * @throws UserError if an option cannot be right, or the key is missing
 */
export function resolveEndpoint(
  options: EndpointOptions,
  env: Readonly<Record<string, string | undefined>>,
  needsKey: boolean,
): Endpoint {
  const protocol = Object.hasOwn(PROTOCOLS, options.provider) ? PROTOCOLS[options.provider] : null;
  if (protocol === null) {
    throw new UserError(`unknown provider ${JSON.stringify(options.provider)}`, {
      hint: `use ${Object.keys(PROTOCOLS).join(' or ')}`,
    });
  }
  if (typeof options.model !== 'string' || options.model.trim() === '') {
    throw new UserError('the model has no name', { hint: 'name a model that the server has' });
  }
  const baseUrl = checkBaseUrl(options.baseUrl ?? protocol.officialBaseUrl, protocol);
  const official = new URL(baseUrl).origin === new URL(protocol.officialBaseUrl).origin;
  const keyVariable = options.apiKeyVariable ?? (official ? protocol.defaultKeyVariable : null);
  const key = keyVariable === null ? null : readKey(keyVariable, env, baseUrl, needsKey);
  const redact = createRedact(key);
  const name = `${protocol.provider}:${options.model}`;
  if (redact(name) !== name || redact(baseUrl) !== baseUrl) {
    throw new UserError('the name of the model or the base URL contains the key', {
      hint: `keep it in ${keyVariable} only`,
    });
  }
  return { protocol, model: options.model, name, baseUrl, official, key, keyVariable, redact };
}

function checkBaseUrl(given: string, protocol: Protocol): string {
  const hint = `use a form like ${protocol.officialBaseUrl} or http://localhost:11434/v1`;
  // What cannot be read as a URL may still hold a password, so it is not repeated.
  if (!URL.canParse(given)) throw new UserError('the base URL is not a URL', { hint });
  const url = new URL(given);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new UserError(`the base URL must begin with http:// or https://, not ${url.protocol}`, {
      hint,
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new UserError(`the base URL at ${url.host} holds credentials`, {
      hint: 'remove them; put the key into an environment variable and name the variable',
    });
  }
  if (url.search !== '' || url.hash !== '') {
    throw new UserError(`the base URL at ${url.host} has a query or fragment`, { hint });
  }
  const path = url.pathname.replace(/\/+$/, '');
  const base = path.endsWith(protocol.path) ? path.slice(0, -protocol.path.length) : path;
  return `${url.origin}${base}`;
}

function readKey(
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
  baseUrl: string,
  needsKey: boolean,
): string | null {
  // Keys are pasted with a line end more often than not; none holds white space of its own.
  const key = env[variable]?.trim() ?? '';
  if (key === '') {
    if (!needsKey) return null;
    throw new UserError(`no key for ${baseUrl}: the environment variable ${variable} is not set`, {
      hint: `set ${variable}, or give the base URL of a server that wants no key`,
    });
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new UserError(`the key in ${variable} contains characters that keys do not have`, {
      hint: `set ${variable} again, without quotes, spaces and line ends`,
    });
  }
  return key;
}
