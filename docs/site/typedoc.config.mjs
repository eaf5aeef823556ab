// Options of typedoc that JSON cannot hold; the others are in typedoc.json.

import { Converter } from 'typedoc';

export default {
  extends: ['./typedoc.json'],
  plugin: [(app) => app.converter.on(Converter.EVENT_CREATE_DOCUMENT, nameDocument)],
  /** @param parser the markdown-it that typedoc renders documents and comments with */
  markdownItLoader(parser) {
    parser.core.ruler.push('code_in_headings', writeCodeAsText);
  },
};

/** A page is named by its heading, and has its place in the navigation by its folder. */
function nameDocument(_, page) {
  const text = page.content.map((part) => part.text).join('');
  page.name = /^# (.+)$/m.exec(text)[1].replaceAll('`', '');
  const file = page.project.files.getReflectionPath(page);
  const background = /\/(architecture|results|log)\.md$/.test(file);
  page.frontmatter.category = file.includes('/guides/')
    ? 'Guides'
    : background
      ? 'Background'
      : 'Reference';
}

/** "On This Page" and anchors have only the text of a heading: code in it becomes text between tags. */
function writeCodeAsText({ tokens, Token }) {
  for (const [i, token] of tokens.entries()) {
    if (token.type !== 'inline' || tokens[i - 1]?.type !== 'heading_open') continue;
    token.children = token.children.flatMap((child) => {
      if (child.type !== 'code_inline') return [child];
      const make = (type, content) => Object.assign(new Token(type, '', 0), { content });
      return [
        make('html_inline', '<code>'),
        make('text', child.content),
        make('html_inline', '</code>'),
      ];
    });
  }
}
