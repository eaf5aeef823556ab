// Options of typedoc that JSON cannot hold; the others are in typedoc.json.

export default {
  extends: ['./typedoc.json'],
  /** @param parser the markdown-it that typedoc renders documents and comments with */
  markdownItLoader(parser) {
    parser.core.ruler.push('code_in_headings', writeCodeAsText);
  },
};

/** "On This Page" and anchors take the text of a heading alone: code in it becomes text between tags. */
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
