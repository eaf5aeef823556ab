// Markdown documentation as text to learn from: badges and link tables out, prose and code kept.

const ENGLISH_ASCII_SHARE = 0.97;

// An image, or a link around images, as Markdown writes it: inline `](...)` or by reference `][...]`.
const IMAGE = String.raw`!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])`;
const BADGES = new RegExp(
  String.raw`^(?:\s|[|·•]|${IMAGE}|\[\s*(?:${IMAGE}\s*)+\](?:\([^)]*\)|\[[^\]]*\]))+$`,
);
const LINK_DEFINITION = /^ {0,3}\[[^\]]+\]:\s*\S+/;
const TAGS_ONLY = /^\s*(?:<[^>]*>\s*)+$/;
const FENCE = /^\s*(```|~~~)/;

/**
 * Paragraphs of a Markdown document: lines that hold only badges, HTML tags or link definitions are
 * dropped outside code fences; a paragraph ends at a blank line.
 */
export function readParagraphs(markdown: string): string[] {
  const lines: string[] = [];
  let fenced = false;
  for (const raw of markdown.replace(/\r\n?/g, '\n').split('\n')) {
    const line = raw.trimEnd();
    if (FENCE.test(line)) fenced = !fenced;
    const noise =
      line !== '' && (BADGES.test(line) || LINK_DEFINITION.test(line) || TAGS_ONLY.test(line));
    if (fenced || !noise) lines.push(line);
  }
  return lines
    .join('\n')
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replace(/^\n+|\n+$/g, ''))
    .filter((paragraph) => paragraph.trim() !== '');
}

/** Whether nearly all letters are ASCII, as in English. */
export function looksEnglish(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const ascii = text.match(/[A-Za-z]/g)?.length ?? 0;
  return letters > 0 && ascii > ENGLISH_ASCII_SHARE * letters;
}
