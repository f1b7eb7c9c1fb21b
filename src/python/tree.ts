// Python source as plain data. Every node is its own span; nothing points back to the parser. What the
// grammar knows and no question needs is `other`, which keeps its parts, so nothing is lost to a walk.

import type { Span } from '../base/finding.ts';

export interface Name extends Span {
  readonly kind: 'name';
  readonly id: string;
}

export interface Attribute extends Span {
  readonly kind: 'attribute';
  readonly object: Expression;
  readonly name: string;
}

export interface Argument extends Span {
  /** null: by position. */
  readonly name: string | null;
  /** `*args` is 1, `**kwargs` is 2. */
  readonly stars: 0 | 1 | 2;
  readonly value: Expression;
}

export interface Call extends Span {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly args: readonly Argument[];
}

export interface Subscript extends Span {
  readonly kind: 'subscript';
  readonly object: Expression;
  readonly indices: readonly Expression[];
}

export interface Slice extends Span {
  readonly kind: 'slice';
  readonly parts: readonly Expression[];
}

export interface NumberLiteral extends Span {
  readonly kind: 'number';
  readonly value: number;
  readonly integer: boolean;
}

export interface StringLiteral extends Span {
  readonly kind: 'string';
  /** null where the text depends on `{…}` inside it. */
  readonly value: string | null;
  readonly parts: readonly Expression[];
}

export interface Constant extends Span {
  readonly kind: 'constant';
  readonly value: boolean | null;
}

export interface Sequence extends Span {
  readonly kind: 'sequence';
  readonly type: 'list' | 'tuple' | 'set';
  readonly items: readonly Expression[];
}

export interface Dict extends Span {
  readonly kind: 'dict';
  /** A null key is `**value`. */
  readonly entries: readonly { readonly key: Expression | null; readonly value: Expression }[];
}

export interface Operation extends Span {
  readonly kind: 'operation';
  /** `+`, `not`, `and`, `==`, `is not`, …; a chained comparison has one operator fewer than operands. */
  readonly operators: readonly string[];
  readonly operands: readonly Expression[];
  readonly type: 'binary' | 'unary' | 'boolean' | 'compare';
}

export interface Conditional extends Span {
  readonly kind: 'conditional';
  readonly test: Expression;
  readonly body: Expression;
  readonly orelse: Expression;
}

export interface Lambda extends Span {
  readonly kind: 'lambda';
  readonly params: readonly Parameter[];
  readonly body: Expression;
}

export interface ForClause {
  readonly target: Expression;
  readonly iterable: Expression;
}

export interface Comprehension extends Span {
  readonly kind: 'comprehension';
  readonly type: 'list' | 'set' | 'dict' | 'generator';
  /** The element; of a dict, key and value. */
  readonly elements: readonly Expression[];
  readonly clauses: readonly ForClause[];
  readonly tests: readonly Expression[];
}

export interface Starred extends Span {
  readonly kind: 'starred';
  readonly value: Expression;
}

export interface Yield extends Span {
  readonly kind: 'yield';
  readonly value: Expression | null;
}

export interface NamedExpression extends Span {
  readonly kind: 'named';
  readonly target: Expression;
  readonly value: Expression;
}

export interface OtherExpression extends Span {
  readonly kind: 'other';
  readonly parts: readonly Expression[];
}

export type Expression =
  | Name
  | Attribute
  | Call
  | Subscript
  | Slice
  | NumberLiteral
  | StringLiteral
  | Constant
  | Sequence
  | Dict
  | Operation
  | Conditional
  | Lambda
  | Comprehension
  | Starred
  | Yield
  | NamedExpression
  | OtherExpression;

export interface Parameter extends Span {
  readonly name: string;
  readonly stars: 0 | 1 | 2;
  readonly default: Expression | null;
  readonly annotation: Expression | null;
  readonly keywordOnly: boolean;
}

export type Block = readonly Statement[];

export interface FunctionDef extends Span {
  readonly kind: 'function';
  readonly name: string;
  readonly nameSpan: Span;
  readonly params: readonly Parameter[];
  readonly decorators: readonly Expression[];
  readonly body: Block;
}

export interface ClassDef extends Span {
  readonly kind: 'class';
  readonly name: string;
  readonly nameSpan: Span;
  readonly bases: readonly Argument[];
  readonly decorators: readonly Expression[];
  readonly body: Block;
}

export interface If extends Span {
  readonly kind: 'if';
  readonly test: Expression;
  readonly body: Block;
  readonly orelse: Block;
}

export interface For extends Span {
  readonly kind: 'for';
  readonly target: Expression;
  readonly iterable: Expression;
  readonly body: Block;
  readonly orelse: Block;
}

export interface While extends Span {
  readonly kind: 'while';
  readonly test: Expression;
  readonly body: Block;
  readonly orelse: Block;
}

export interface Try extends Span {
  readonly kind: 'try';
  readonly body: Block;
  readonly handlers: readonly { readonly types: readonly Expression[]; readonly body: Block }[];
  readonly orelse: Block;
  readonly finalbody: Block;
}

export interface WithItem {
  readonly value: Expression;
  readonly target: Expression | null;
}

export interface With extends Span {
  readonly kind: 'with';
  readonly items: readonly WithItem[];
  readonly body: Block;
}

export interface Assign extends Span {
  readonly kind: 'assign';
  readonly targets: readonly Expression[];
  /** null: `x: int` without a value. */
  readonly value: Expression | null;
}

export interface AugAssign extends Span {
  readonly kind: 'augment';
  readonly target: Expression;
  readonly operator: string;
  readonly value: Expression;
}

export interface Return extends Span {
  readonly kind: 'return';
  readonly value: Expression | null;
}

export interface ExpressionStatement extends Span {
  readonly kind: 'expression';
  readonly value: Expression;
}

export interface Import extends Span {
  readonly kind: 'import';
  /** `import a.b as c`: path `a.b`, alias `c`. */
  readonly names: readonly { readonly path: string; readonly alias: string | null }[];
}

export interface ImportFrom extends Span {
  readonly kind: 'importFrom';
  /** With its leading dots. */
  readonly module: string;
  /** A name of `*` imports everything. */
  readonly names: readonly { readonly name: string; readonly alias: string | null }[];
}

export interface Global extends Span {
  readonly kind: 'global';
  readonly names: readonly string[];
}

export interface Match extends Span {
  readonly kind: 'match';
  readonly subject: Expression;
  readonly cases: readonly Block[];
}

/** `raise`, `assert`, `del`, `pass`, `break`, `continue` and what could not be parsed. */
export interface PlainStatement extends Span {
  readonly kind: 'raise' | 'assert' | 'delete' | 'pass' | 'break' | 'continue' | 'unknown';
  readonly values: readonly Expression[];
}

export type Statement =
  | FunctionDef
  | ClassDef
  | If
  | For
  | While
  | Try
  | With
  | Assign
  | AugAssign
  | Return
  | ExpressionStatement
  | Import
  | ImportFrom
  | Global
  | Match
  | PlainStatement;

export interface Module extends Span {
  readonly kind: 'module';
  readonly body: Block;
}
