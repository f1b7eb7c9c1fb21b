// Initializers the file writes, and where it runs them: functions given to `apply`, loops over `modules()`,
// fills of one layer by name. A branch of one says which layers it is for and what it writes into them.

import type { Span } from '../../base/finding.ts';
import { bindNames } from '../../python/arguments.ts';
import type { Scope } from '../../python/names.ts';
import type { Block, Call, Expression, FunctionDef, If, Statement } from '../../python/tree.ts';
import { innerBlocks, ownExpressions, statementsOf, visitExpression } from '../../python/walk.ts';
import type { StatementFact } from '../calls.ts';
import type { Facts } from '../facts.ts';
import { asksForTensor, type LayerTest, passesTest, readTest, type TestSource } from './tests.ts';

/** One tensor is given values. */
export interface InitWrite {
  readonly call: Call;
  /** `normal_`, `kaiming_uniform_`, `fill_`; with the old spelling's missing underscore added. */
  readonly how: string;
  readonly args: ReadonlyMap<string, Expression>;
  /** `weight`, `bias`. */
  readonly attribute: string;
  /** What holds the tensor: `m` of `m.weight`. */
  readonly holder: Expression;
  /** A tensor's own method rather than torch.nn.init's function. */
  readonly isMethod: boolean;
  readonly scope: Scope;
}

export interface Branch {
  /** null: every module. */
  readonly test: LayerTest | null;
  /** Something else is asked too, which is not understood. */
  readonly guarded: boolean;
  readonly writes: readonly InitWrite[];
  readonly condition: Expression | null;
  /** The statements of the branch itself. */
  readonly block: Block;
}

/** What is done with one module after another. */
export interface Initializer {
  readonly variable: string;
  /** The function; null for a loop. */
  readonly def: FunctionDef | null;
  readonly branches: readonly Branch[];
  readonly span: Span;
}

/** A place where an initializer runs over all modules of something. */
export interface InitPass {
  readonly initializer: Initializer;
  /** `self`, `self.head`, `net`. */
  readonly root: Expression;
  /** The loop or the call of `apply`. */
  readonly span: Span;
  readonly place: StatementFact;
}

export interface Initializers {
  readonly passes: readonly InitPass[];
  /** Functions that look like initializers, applied or not. */
  readonly functions: readonly Initializer[];
  /** Fills outside of any of these. */
  readonly singles: readonly (InitWrite & { readonly place: StatementFact })[];
}

const INGREDIENT = /\binit\b|(?:normal|uniform|fill|constant|zeros?|ones)_\(/;

export function readInitializers(facts: Facts): Initializers {
  if (!INGREDIENT.test(facts.text)) return { passes: [], functions: [], singles: [] };
  return new InitializerReader(facts).read();
}

class InitializerReader {
  readonly #facts: Facts;
  readonly #functions = new Map<FunctionDef, Initializer>();
  readonly #inside = new Set<Call>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  read(): Initializers {
    const { statements } = this.#facts.places;
    for (const { statement } of statements) if (statement.kind === 'function') this.#readFunction(statement);
    const passes = statements.flatMap((place) => [...this.#loopOf(place), ...this.#appliesOf(place)]);
    const singles = statements.flatMap((place) =>
      this.#writesOf([place.statement], place.scope, false)
        .filter(({ call }) => !this.#inside.has(call))
        .map((write) => ({ ...write, place })),
    );
    return { passes, functions: [...this.#functions.values()], singles };
  }

  /** A function of one module that writes into it under tests of its type. */
  #readFunction(def: FunctionDef): void {
    const params = def.params.filter(({ name, stars }) => stars === 0 && name !== 'self' && name !== 'cls');
    const [first] = params;
    if (!first || params.slice(1).some((param) => param.default === null)) return;
    const initializer = this.#initializer(first.name, def.body, this.#facts.names.scopeOf(def), def, def);
    if (initializer.branches.some(({ writes }) => writes.length > 0)) this.#functions.set(def, initializer);
  }

  #loopOf(place: StatementFact): readonly InitPass[] {
    const { statement, scope } = place;
    if (statement.kind !== 'for' || statement.iterable.kind !== 'call') return [];
    const { callee } = statement.iterable;
    const variable = statement.target.kind === 'sequence' ? statement.target.items.at(-1) : statement.target;
    if (callee.kind !== 'attribute' || !/^(?:named_)?modules$/.test(callee.name) || variable?.kind !== 'name')
      return [];
    const initializer = this.#initializer(variable.id, statement.body, scope, null, statement);
    if (initializer.branches.every(({ writes }) => writes.length === 0)) return [];
    return [{ initializer, root: callee.object, span: statement, place }];
  }

  /** `net.apply(init_weights)`, `self.apply(self._init_weights)`. */
  #appliesOf(place: StatementFact): readonly InitPass[] {
    const passes: InitPass[] = [];
    for (const own of ownExpressions(place.statement))
      visitExpression(own, (part) => {
        if (part.kind !== 'call' || part.callee.kind !== 'attribute' || part.callee.name !== 'apply') return;
        const given = part.args[0]?.value;
        const def = given && part.args.length === 1 ? this.#functionOf(given, place) : null;
        const initializer = def && this.#functions.get(def);
        if (initializer) passes.push({ initializer, root: part.callee.object, span: part, place });
      });
    return passes;
  }

  #functionOf(given: Expression, { scope, owner }: StatementFact): FunctionDef | null {
    if (given.kind === 'attribute' && given.object.kind === 'name' && given.object.id === 'self' && owner)
      return this.#facts.classes.method(owner, given.name)?.def ?? null;
    const def = this.#facts.names.definition(given, scope);
    return def?.kind === 'function' ? def : null;
  }

  #initializer(variable: string, block: Block, scope: Scope, def: FunctionDef | null, span: Span): Initializer {
    const classNames = new Set<string>();
    for (const statement of statementsOf(block))
      if (statement.kind === 'assign' && statement.value?.kind === 'attribute' && statement.value.name === '__name__')
        for (const target of statement.targets) if (target.kind === 'name') classNames.add(target.id);
    const source: TestSource = { names: this.#facts.names, scope, variable, classNames };
    const branches: Branch[] = [];
    this.#branches(block, { test: null, guarded: false, condition: null }, source, branches);
    for (const { writes } of branches) for (const { call } of writes) this.#inside.add(call);
    return { variable, def, branches, span: { start: span.start, end: span.end } };
  }

  #branches(block: Block, outer: Omit<Branch, 'writes' | 'block'>, source: TestSource, into: Branch[]): void {
    // A name filter, `continue`, `return`: what follows is for those that got past it.
    let { guarded } = outer;
    const plain: Statement[] = [];
    for (const statement of block) {
      if (statement.kind === 'if') {
        this.#ifBranches(statement, { ...outer, guarded }, source, into);
        if (leaves(statement.body)) guarded = true;
      } else if (innerBlocks(statement).length > 0) {
        for (const inner of innerBlocks(statement)) {
          const isPlain = statement.kind === 'with' || statement.kind === 'try';
          this.#branches(inner, { ...outer, guarded: guarded || !isPlain }, source, into);
        }
      } else plain.push(statement);
    }
    const writes = this.#writesOf(plain, source.scope, true).filter(({ holder }) =>
      isVariable(holder, source.variable),
    );
    if (writes.length > 0 || outer.condition) into.push({ ...outer, guarded, writes, block });
  }

  #ifBranches(statement: If, outer: Omit<Branch, 'writes' | 'block'>, source: TestSource, into: Branch[]): void {
    const reading = readTest(statement.test, source);
    if (asksForTensor(statement.test, source)) this.#branches(statement.body, outer, source, into);
    else if (reading === 'unknown')
      this.#branches(statement.body, { ...outer, guarded: true, condition: statement.test }, source, into);
    else
      this.#branches(
        statement.body,
        // A type inside a type: the narrower one.
        { test: reading, guarded: outer.guarded, condition: statement.test },
        source,
        into,
      );
    // What is left over for `else` is not worked out.
    const isElif = statement.orelse.length === 1 && statement.orelse[0]?.kind === 'if';
    const guarded = outer.guarded || reading === 'unknown' || !isElif;
    this.#branches(statement.orelse, { ...outer, guarded }, source, into);
  }

  #writesOf(block: Block, scope: Scope, deep: boolean): readonly InitWrite[] {
    const writes: InitWrite[] = [];
    for (const statement of deep ? statementsOf(block) : block)
      for (const own of ownExpressions(statement))
        visitExpression(own, (part) => {
          const write = part.kind === 'call' ? this.#writeOf(part, scope) : null;
          if (write) writes.push(write);
        });
    return writes;
  }

  #writeOf(call: Call, scope: Scope): InitWrite | null {
    if (!WRITER.test(lastWord(call.callee))) return null;
    const name = this.#facts.names.resolve(call.callee, scope);
    if (name?.startsWith('torch.nn.init.')) {
      const how = `${name.slice('torch.nn.init.'.length).replace(/_$/, '')}_`;
      const { values } = bindNames(call, ARGUMENTS[how] ?? ['tensor']);
      const tensor = values.get('tensor');
      const target = tensor && targetOf(tensor);
      return target ? { call, how, args: values, ...target, isMethod: false, scope } : null;
    }
    const { callee } = call;
    if (name !== null || callee.kind !== 'attribute' || !/^(?:normal|uniform|fill|zero|copy)_$/.test(callee.name))
      return null;
    const target = targetOf(callee.object);
    const { values } = bindNames(call, (ARGUMENTS[callee.name] ?? ['tensor']).slice(1));
    return target ? { call, how: callee.name, args: values, ...target, isMethod: true, scope } : null;
  }
}

/** Names of functions and methods that fill; the old ones have no underscore. */
const WRITER = /_$|^(?:normal|uniform|constant|xavier_\w+|kaiming_\w+|orthogonal|sparse|eye|dirac)$/;

function lastWord(callee: Expression): string {
  if (callee.kind === 'name') return callee.id;
  return callee.kind === 'attribute' ? callee.name : '';
}

const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  uniform_: ['tensor', 'a', 'b'],
  normal_: ['tensor', 'mean', 'std'],
  trunc_normal_: ['tensor', 'mean', 'std', 'a', 'b'],
  constant_: ['tensor', 'val'],
  fill_: ['tensor', 'val'],
  xavier_uniform_: ['tensor', 'gain'],
  xavier_normal_: ['tensor', 'gain'],
  kaiming_uniform_: ['tensor', 'a', 'mode', 'nonlinearity'],
  kaiming_normal_: ['tensor', 'a', 'mode', 'nonlinearity'],
  orthogonal_: ['tensor', 'gain'],
  sparse_: ['tensor', 'sparsity', 'std'],
};

/** `m.weight`, `m.weight.data`, `self.fc.bias.detach()`. */
function targetOf(tensor: Expression): { holder: Expression; attribute: string } | null {
  if (tensor.kind === 'attribute' && tensor.name === 'data') return targetOf(tensor.object);
  if (tensor.kind !== 'attribute' || !/^(?:weight|bias)\w*$/.test(tensor.name)) return null;
  return { holder: tensor.object, attribute: tensor.name };
}

function isVariable(expression: Expression, variable: string): boolean {
  return expression.kind === 'name' && expression.id === variable;
}

function leaves(block: Block): boolean {
  return block.some(({ kind }) => kind === 'continue' || kind === 'return' || kind === 'raise');
}

/** The branches that write into a layer of this type, and ask for nothing else. */
export function writesFor(type: string, { branches }: Initializer): readonly InitWrite[] {
  return branches.flatMap((branch) => (!branch.guarded && passesTest(type, branch.test) ? branch.writes : []));
}
