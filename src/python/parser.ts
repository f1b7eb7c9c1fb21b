// Text → tree. Plain Python is read directly (direct/); what is half typed or unusual is the grammar's, whose runtime
// is known in this file only, and what leaves it is plain data (read-tree.ts). Given the tree of an earlier version,
// the grammar parses only what changed: the changed stretch is found here, as the common beginning and end of both
// texts, so no caller has to keep edits in step. A tree owns memory outside the garbage collector and is disposed by
// who asked for it.

import { Edit, Language, Parser, type Tree as SyntaxTree, type TreeCursor } from 'web-tree-sitter';
import type { Disposable } from '../base/disposable.ts';
import type { Span } from '../base/finding.ts';
import { type DirectTree, readDirectly } from './direct/direct.ts';
import type { RawNode } from './read-expressions.ts';
import { readTree } from './read-tree.ts';
import { type Kept, NOTHING_KEPT, unchanged } from './reuse.ts';
import type { Module } from './tree.ts';

/** The bytes of `web-tree-sitter.wasm` and of `tree-sitter-python.wasm`; reading them is a shell's business. */
export interface ParserFiles {
  readonly runtime: Uint8Array;
  readonly grammar: Uint8Array;
}

export interface Tree extends Disposable {
  readonly text: string;
  readonly module: Module;
  readonly comments: readonly Span[];
  /** Where the text is not Python; the rest is read all the same. */
  readonly syntaxErrors: readonly Span[];
}

export interface PythonParser extends Disposable {
  /** `previous` makes it quick and stays valid; any text may follow any other. */
  parse(text: string, previous?: Tree): Tree;
}

/** What the grammar made, of this text or of an earlier one. */
interface Parsed {
  readonly syntax: SyntaxTree;
  readonly text: string;
}

let started: Promise<void> | undefined;

/** `direct` may refuse a text; one that refuses all leaves everything to the grammar. */
export async function createParser(
  { runtime, grammar }: ParserFiles,
  direct: (text: string) => DirectTree | null = readDirectly,
): Promise<PythonParser> {
  started ??= Parser.init({ wasmBinary: exactBuffer(runtime) });
  await started;
  const language = await Language.load(grammar);
  const kinds = nodeKinds(language);
  const parser = new Parser();
  parser.setLanguage(language);
  const parsed = new WeakMap<Tree, Parsed>();

  function parse(text: string, previous?: Tree): Tree {
    const before = previous && parsed.get(previous);
    const read = direct(text);
    // What the grammar last made is kept on, for the next text that needs it.
    if (read) return owned({ text, ...read, syntaxErrors: [] }, before && { ...before, syntax: before.syntax.copy() });
    const change = before && changeBetween(before.text, text);
    const old = before?.syntax.copy();
    if (old && change) old.edit(change);
    const syntax = parser.parse(text, old ?? null);
    if (!syntax) throw new Error('The parser gave no tree although no time limit is set.');
    const isOfPrevious = previous !== undefined && before?.text === previous.text;
    const kept =
      isOfPrevious && change && old ? unchanged(previous, change, old.getChangedRanges(syntax)) : NOTHING_KEPT;
    old?.delete();
    return owned({ text, ...readTree(rawTree(syntax, kinds, kept), text) }, { syntax, text });
  }

  function owned(contents: Omit<Tree, 'dispose'>, last: Parsed | undefined): Tree {
    const tree: Tree = {
      ...contents,
      dispose() {
        parsed.get(tree)?.syntax.delete();
        parsed.delete(tree);
      },
    };
    if (last) parsed.set(tree, last);
    return tree;
  }

  return { parse, dispose: () => parser.delete() };
}

/** The runtime takes an ArrayBuffer whole; a Node Buffer is often a window into a larger one. */
function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  return copy.buffer;
}

interface NodeKind {
  readonly type: string;
  readonly named: boolean;
  readonly operator: boolean;
  readonly statement: boolean;
}

function nodeKinds(language: Language): readonly NodeKind[] {
  return Array.from({ length: language.nodeTypeCount }, (_, id) => {
    const type = language.nodeTypeForId(id) ?? 'ERROR';
    return {
      type,
      named: language.nodeTypeIsNamed(id),
      operator: OPERATOR.test(type),
      statement: STATEMENT.test(type),
    };
  });
}

/** The grammar's number for an error lies outside its table. */
const ERROR_KIND: NodeKind = { type: 'ERROR', named: true, operator: false, statement: false };
const OPERATOR = /^(?:[-+*/%@&|^<>=!~]+|in|not|is|not in|is not|and|or)$/;

const STATEMENT = /_(?:statement|definition)$/;

/** Every call below crosses into WebAssembly, so a node costs four of them and a token without meaning two. */
function rawTree(syntax: SyntaxTree, kinds: readonly NodeKind[], kept: Kept): RawNode {
  const cursor = syntax.walk();
  const root = rawNode(cursor, kinds, cursor.nodeTypeId, kept);
  cursor.delete();
  return root;
}

function rawNode(cursor: TreeCursor, kinds: readonly NodeKind[], id: number, kept: Kept): RawNode {
  const { type, statement } = kinds[id] ?? ERROR_KIND;
  const start = cursor.startIndex;
  const end = cursor.endIndex;
  const same = statement ? kept(start, end) : null;
  if (same) return { type, start, end, children: [], operators: [], same };
  const children: RawNode[] = [];
  const operators: string[] = [];
  if (cursor.gotoFirstChild()) {
    do {
      const child = cursor.nodeTypeId;
      const kind = kinds[child] ?? ERROR_KIND;
      if (kind.named) children.push(rawNode(cursor, kinds, child, kept));
      else if (kind.operator) operators.push(kind.type);
    } while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }
  return { type, start, end, children, operators };
}

function changeBetween(before: string, after: string): Edit {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let tail = 0;
  while (
    tail < shorter - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  )
    tail++;
  return new Edit({
    startIndex: start,
    oldEndIndex: before.length - tail,
    newEndIndex: after.length - tail,
    startPosition: pointAt(before, start),
    oldEndPosition: pointAt(before, before.length - tail),
    newEndPosition: pointAt(after, after.length - tail),
  });
}

function pointAt(text: string, offset: number): { row: number; column: number } {
  let row = 0;
  let lineStart = 0;
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) {
    row++;
    lineStart = i + 1;
  }
  return { row, column: offset - lineStart };
}
