// An editor for Redcode: colors, the assembler's messages as one types, and what a word means under the pointer.

import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import {
  HighlightStyle,
  StreamLanguage,
  type StringStream,
  syntaxHighlighting,
} from '@codemirror/language';
import {
  forceLinting,
  linter,
  lintGutter,
  lintKeymap,
  type Diagnostic as Mark,
} from '@codemirror/lint';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  hoverTooltip,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'preact/hooks';
import {
  type Diagnostic,
  MODE_TABLE,
  MODES,
  MODIFIER_TABLE,
  MODIFIERS,
  OPCODE_TABLE,
  OPCODES,
} from '../../../src/corewar/index.ts';
import { classifyRedcode, type RedcodeKind, type RedcodePiece } from './classify-redcode.ts';

export type RedcodeEditorProps = {
  /** What it shows at first; another one is shown for another `id`. */
  readonly source: string;
  readonly id: number;
  readonly label: string;
  readonly check: (source: string) => readonly Diagnostic[];
  readonly onChange: (source: string) => void;
  /** A line to go to, from 1; another object for the same line again. */
  readonly goTo: { readonly line: number; readonly column: number } | null;
};

const LINT_DELAY_MS = 150;

/**
 * Its styles are adopted by a shadow root of its own, since the page's policy allows no style elements.
 */
export function RedcodeEditor(props: RedcodeEditorProps) {
  const { id, goTo, check } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const place = host.current;
    if (!place) return;
    const root = place.shadowRoot ?? place.attachShadow({ mode: 'open' });
    const editor = new EditorView({
      state: EditorState.create({
        doc: latest.current.source,
        extensions: extensionsFor(latest),
      }),
      root,
      parent: root,
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [id]);

  // Other settings: other messages.
  useEffect(() => {
    if (view.current) forceLinting(view.current);
  }, [check]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || goTo === null) return;
    const line = editor.state.doc.line(Math.min(goTo.line, editor.state.doc.lines));
    const anchor = Math.min(line.from + goTo.column - 1, line.to);
    editor.dispatch({ selection: { anchor }, scrollIntoView: true });
    editor.focus();
  }, [goTo]);

  return <div class="cw-editor" ref={host} />;
}

function extensionsFor(latest: { readonly current: RedcodeEditorProps }): Extension[] {
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    EditorView.lineWrapping,
    REDCODE,
    syntaxHighlighting(COLORS),
    THEME,
    lintGutter(),
    linter(
      ({ state }) => latest.current.check(state.doc.toString()).map((one) => toMark(one, state)),
      { delay: LINT_DELAY_MS },
    ),
    hoverTooltip(explainWord),
    EditorView.domEventHandlers({ beforeinput: replaceSelected }),
    keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap]),
    EditorView.contentAttributes.of({
      'aria-label': latest.current.label,
      spellcheck: 'false',
      autocapitalize: 'off',
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) latest.current.onChange(update.state.doc.toString());
    }),
  ];
}

/**
 * Where text is typed over a selection, Chromium keeps the selection's look by inline styles, which the page's policy refuses
 * with a message: the editor replaces it instead.
 */
function replaceSelected(event: InputEvent, view: EditorView): boolean {
  const { inputType, data } = event;
  if (inputType !== 'insertText' || !data || view.composing) return false;
  if (view.state.selection.ranges.every(({ empty }) => empty)) return false;
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(data), { userEvent: 'input.type' });
  return true;
}

function toMark(
  { severity, message, hint, line, column, text }: Diagnostic,
  state: EditorState,
): Mark {
  const place = state.doc.line(Math.min(Math.max(1, line), state.doc.lines));
  const from = Math.min(place.from + column - 1, place.to);
  return {
    from,
    to: Math.min(from + text.length, place.to),
    severity,
    message: hint === undefined ? message : `${message} (${hint})`,
  };
}

const TAGS: Readonly<Record<RedcodeKind, string>> = {
  opcode: 'keyword',
  modifier: 'typeName',
  directive: 'definitionKeyword',
  label: 'labelName',
  name: 'variableName',
  constant: 'atom',
  number: 'number',
  mode: 'modifier',
  operator: 'operator',
  punctuation: 'punctuation',
  comment: 'comment',
  title: 'docComment',
  unknown: 'invalid',
};

type LineState = { line: string; pieces: readonly RedcodePiece[] };

const REDCODE = StreamLanguage.define<LineState>({
  name: 'redcode',
  startState: () => ({ line: '', pieces: [] }),
  token(stream: StringStream, state: LineState): string | null {
    if (stream.sol()) {
      state.line = stream.string;
      state.pieces = classifyRedcode(stream.string);
    }
    if (stream.eatSpace()) return null;
    const piece = state.pieces.find(({ from }) => from === stream.pos);
    if (piece === undefined) {
      stream.next();
      return null;
    }
    stream.pos = piece.to;
    return TAGS[piece.kind];
  },
  languageData: { commentTokens: { line: ';' } },
});

const COLORS = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--series-1)', fontWeight: '650' },
  { tag: tags.typeName, color: 'var(--series-1)' },
  { tag: tags.definitionKeyword, color: 'var(--series-4)', fontWeight: '650' },
  { tag: tags.labelName, color: 'var(--series-3)', fontWeight: '650' },
  { tag: tags.variableName, color: 'var(--series-3)' },
  { tag: tags.atom, color: 'var(--series-4)' },
  { tag: tags.number, color: 'var(--series-2)' },
  { tag: tags.modifier, color: 'var(--series-5)', fontWeight: '650' },
  { tag: [tags.operator, tags.punctuation], color: 'var(--ink)' },
  { tag: tags.comment, color: 'var(--ink-soft)', fontStyle: 'italic' },
  { tag: tags.docComment, color: 'var(--note)' },
  { tag: tags.invalid, color: 'var(--bad)', textDecoration: 'underline wavy' },
]);

const THEME = EditorView.theme({
  '&': {
    color: 'var(--ink)',
    backgroundColor: 'var(--card)',
    fontSize: '14px',
    minHeight: '300px',
    maxHeight: '60vh',
  },
  '&.cm-focused': { outline: '3px solid var(--series-1)', outlineOffset: '1px' },
  '.cm-scroller': {
    fontFamily: 'ui-monospace, SFMono-Regular, Menlo, monospace',
    lineHeight: '1.5',
    overflow: 'auto',
  },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-gutters': {
    backgroundColor: 'var(--paper)',
    color: 'var(--ink-soft)',
    borderRight: '1px solid var(--rule)',
  },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--note-wash) 55%, transparent)' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { backgroundColor: 'color-mix(in srgb, var(--series-1) 30%, transparent)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--card)',
    color: 'var(--ink)',
    border: '1px solid var(--edge)',
    borderRadius: '6px',
    fontSize: '13px',
    maxWidth: 'min(420px, 90vw)',
  },
  '.cm-tooltip-word': { padding: '5px 9px' },
  '.cm-panels': { backgroundColor: 'var(--paper)', color: 'var(--ink)' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--series-2)' },
});

/** The meaning of the opcode, modifier or mode at a place. */
const explainWord = (view: EditorView, position: number) => {
  const line = view.state.doc.lineAt(position);
  const at = position - line.from;
  const piece = classifyRedcode(line.text).find(({ from, to }) => from <= at && at < to);
  if (piece === undefined) return null;
  const word = line.text.slice(piece.from, piece.to);
  const text = explain(word.toUpperCase(), piece.kind);
  if (text === null) return null;
  return {
    pos: line.from + piece.from,
    end: line.from + piece.to,
    above: true,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'cm-tooltip-word';
      dom.textContent = `${word.toUpperCase()}: ${text}`;
      return { dom };
    },
  };
};

function explain(word: string, kind: RedcodeKind): string | null {
  const opcode = OPCODES.find((one) => one === word);
  if (kind === 'opcode' && opcode) return OPCODE_TABLE[opcode].summary;
  const modifier = MODIFIERS.find((one) => one === word);
  if (kind === 'modifier' && modifier) return MODIFIER_TABLE[modifier];
  const mode = MODES.find((one) => one === word);
  return kind === 'mode' && mode ? MODE_TABLE[mode] : null;
}
