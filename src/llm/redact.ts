// Keeping the key out of everything that is shown or stored.

/** What stands where the key stood. */
const REDACTED = '[key]';

// Servers that check no key are given words like "none" or "EMPTY"; these are no secrets, and are ordinary text.
const SHORTEST_SECRET = 8;

export type Redact = (text: string) => string;

/** A function that replaces the key, also as it looks inside JSON or a URL. A key under 8 characters is not a secret. */
export function createRedact(key: string | null): Redact {
  if (key === null || key.length < SHORTEST_SECRET) return (text) => text;
  const forms = new Set([key, JSON.stringify(key).slice(1, -1), encodeURIComponent(key)]);
  // Longest first: the key itself may be a part of its encoded form.
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((out, form) => out.replaceAll(form, REDACTED), text);
}

/** One line of at most `longest` characters: white space and control characters become single spaces. */
export function shorten(text: string, longest = 300): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a server's text must not steer the terminal
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest)}…`;
}
