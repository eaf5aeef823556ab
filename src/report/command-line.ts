// Command lines for readers.

/** The command as one would type it. */
export function describeCommandLine(command: readonly string[]): string {
  const [program, ...rest] = command;
  if (program === undefined) return '';
  const words = [/^(main|primordia)(\.js)?$/.test(program) ? 'primordia' : program, ...rest];
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(' ');
}
