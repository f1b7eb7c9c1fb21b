// Images that a file reads and gives to a model itself, and what their numbers are by then: read from a file, made
// an array, divided, normalized. Followed statement by statement inside one function; whatever is done that is not
// known here makes the numbers unknown.

import type { Span } from '../base/finding.ts';
import type { Scope } from '../python/names.ts';
import type { Block, Call, Expression, Statement } from '../python/tree.ts';
import { innerBlocks, ownExpressions, visitExpression } from '../python/walk.ts';
import type { Facts } from './facts.ts';
import { type Pipeline, type Range, rangeAfter, rangeOf, readPipelines, stepOf, TRANSFORMS } from './pipelines.ts';

export interface FedImage {
  /** The model's call. */
  readonly call: Call;
  readonly range: Range;
  /** Where the image is read. */
  readonly source: Span;
}

interface Content {
  readonly range: Range;
  readonly source: Span;
}

/** Functions that give an image, and what it is. */
const SOURCES: readonly (readonly [RegExp, Range])[] = [
  [/^PIL\.Image\.open$/, 'image'],
  [/^cv2\.(?:imread|imdecode)$|^torchvision\.io\.(?:read_image|decode_image|decode_jpeg|decode_png)$/, 'bytes'],
];

/** Array functions that leave every number as it is. */
const NEUTRAL =
  /^(?:torch\.(?:from_numpy|as_tensor|tensor|unsqueeze|squeeze|permute|transpose|autograd\.Variable)|numpy\.(?:array|asarray|ascontiguousarray|transpose|moveaxis|rollaxis|expand_dims|float32)|cv2\.(?:resize|cvtColor))$/;
const NEUTRAL_METHOD =
  /^(?:astype|type|float|to|cuda|cpu|unsqueeze|squeeze|permute|transpose|reshape|view|copy|clone|contiguous|convert|resize|crop|rotate|detach|expand)$/;

export function readFedImages(facts: Facts): readonly FedImage[] {
  if (!/\bimread\(|\bImage\.open\(|\bread_image\(|\bimdecode\(|\bdecode_\w+\(/.test(facts.text)) return [];
  const sinks = new Set(facts.modes.occurrences.map(({ call }) => call));
  const blocks: { block: Block; scope: Scope }[] = [{ block: facts.module.body, scope: facts.names.module }];
  for (const { statement } of facts.places.statements)
    if (statement.kind === 'function') blocks.push({ block: statement.body, scope: facts.names.scopeOf(statement) });
  return blocks.flatMap(({ block, scope }) => new Reader(facts, scope, sinks).read(block));
}

class Reader {
  readonly #facts: Facts;
  readonly #scope: Scope;
  readonly #sinks: ReadonlySet<Call>;
  readonly #fed: FedImage[] = [];
  #known = new Map<string, Content>();

  constructor(facts: Facts, scope: Scope, sinks: ReadonlySet<Call>) {
    this.#facts = facts;
    this.#scope = scope;
    this.#sinks = sinks;
  }

  read(block: Block): readonly FedImage[] {
    this.#run(block);
    return this.#fed;
  }

  #run(block: Block): void {
    for (const statement of block) {
      for (const own of ownExpressions(statement)) this.#visit(own);
      this.#step(statement);
    }
  }

  #step(statement: Statement): void {
    if (statement.kind === 'assign' && statement.value) {
      const content = this.#content(statement.value);
      for (const target of statement.targets) this.#write(target, content);
    } else if (statement.kind === 'augment') {
      const before = this.#content(statement.target);
      const isDivision = statement.operator.startsWith('/') && is255(statement.value);
      this.#write(statement.target, before && isDivision ? divided(before) : null);
    } else if (statement.kind === 'for') {
      this.#write(statement.target, null);
      this.#branches(statement);
    } else if (statement.kind === 'with') {
      for (const { target, value } of statement.items) if (target) this.#write(target, this.#content(value));
      this.#run(statement.body);
    } else this.#branches(statement);
  }

  /** What one of the ways made of a name is kept only where all of them made the same of it. */
  #branches(statement: Statement): void {
    const blocks = innerBlocks(statement);
    if (blocks.length === 0) return;
    const before = this.#known;
    const ends = blocks.map((block) => {
      this.#known = new Map(before);
      this.#run(block);
      return this.#known;
    });
    const [first = before, ...others] = ends;
    this.#known = new Map(
      [...first].filter(([name, { range }]) => others.every((one) => one.get(name)?.range === range)),
    );
  }

  #write(target: Expression, content: Content | null): void {
    if (target.kind === 'sequence') for (const item of target.items) this.#write(item, null);
    if (target.kind === 'subscript') this.#write(target.object, null);
    if (target.kind !== 'name') return;
    if (content) this.#known.set(target.id, content);
    else this.#known.delete(target.id);
  }

  /** A model's call, wherever it stands in an expression. */
  #visit(expression: Expression): void {
    visitExpression(expression, (part) => {
      const [first] = part.kind === 'call' ? part.args : [];
      if (part.kind !== 'call' || !first || !this.#sinks.has(part)) return;
      const content = this.#content(first.value);
      if (content) this.#fed.push({ call: part, ...content });
    });
  }

  #content(expression: Expression): Content | null {
    switch (expression.kind) {
      case 'name':
        return this.#known.get(expression.id) ?? null;
      case 'subscript':
        return this.#content(expression.object);
      case 'operation': {
        const [a, b] = expression.operands;
        const before = a && this.#content(a);
        return before && b && expression.operators[0] === '/' && is255(b) ? divided(before) : null;
      }
      case 'call':
        return this.#called(expression);
      default:
        return null;
    }
  }

  #called(call: Call): Content | null {
    const { callee, args } = call;
    const name = this.#facts.names.resolve(callee, this.#scope);
    const made = SOURCES.find(([pattern]) => name !== null && pattern.test(name));
    if (made) return { range: made[1], source: { start: call.start, end: call.end } };
    const [first] = args;
    const given = first ? this.#content(first.value) : null;
    if (name && NEUTRAL.test(name)) {
      if (!given) return null;
      return { ...given, range: asNumbers(given.range, this.#textOf(call)) };
    }
    const steps = given && this.#steps(callee);
    if (given && steps) return { ...given, range: steps(given.range) };
    if (callee.kind !== 'attribute' || !NEUTRAL_METHOD.test(callee.name)) {
      if (callee.kind !== 'attribute' || !/^div_?$/.test(callee.name)) return null;
      const before = this.#content(callee.object);
      return before && first && is255(first.value) ? divided(before) : null;
    }
    const object = this.#content(callee.object);
    if (object?.range !== 'image') return object && { ...object, range: asNumbers(object.range, this.#textOf(call)) };
    // Of an image, a conversion of its own: to one channel, to another size.
    return /^(?:convert|resize|crop|rotate|copy)$/.test(callee.name) ? object : null;
  }

  /** The call without what it is called on. */
  #textOf({ callee, end }: Call): string {
    const start = callee.kind === 'attribute' ? callee.object.end : callee.start;
    return this.#facts.text.slice(start, end);
  }

  /** What a transform makes of the range: `T.ToTensor()(…)`, or a name that holds one, or a Compose. */
  #steps(callee: Expression): ((range: Range) => Range) | null {
    if (callee.kind === 'call') return this.#transform(callee);
    if (callee.kind !== 'name') return null;
    const [only, ...others] = this.#facts.names.lookup(callee.id, this.#scope);
    return only?.kind === 'assign' && others.length === 0 && only.value.kind === 'call'
      ? this.#transform(only.value)
      : null;
  }

  #transform(made: Call): ((range: Range) => Range) | null {
    const name = TRANSFORMS.exec(this.#facts.names.resolve(made.callee, this.#scope) ?? '')?.[1];
    if (!name) return null;
    const compose = this.#facts.of(readPipelines).find((one: Pipeline) => one.compose === made);
    if (compose) return (range) => (range === 'image' ? rangeOf(compose) : 'unknown');
    const { kind } = stepOf(made, { scope: this.#scope }, this.#facts);
    return (range) => rangeAfter(kind, range);
  }
}

/** An array of an image holds its bytes; as floats, `ToTensor` does not divide them any more. */
function asNumbers(range: Range, call: string): Range {
  const bytes = range === 'image' || range === 'bytes';
  return bytes ? (/float/i.test(call) ? 'wide' : 'bytes') : range;
}

function divided(content: Content): Content {
  const isWide = content.range === 'bytes' || content.range === 'wide' || content.range === 'image';
  return { ...content, range: isWide ? 'unit' : 'unknown' };
}

function is255(expression: Expression): boolean {
  return expression.kind === 'number' && (expression.value === 255 || expression.value === 256);
}
