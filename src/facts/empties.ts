// Parameters made of memory that nobody has written: `nn.Parameter(torch.empty(…))` in a constructor, and what
// the file writes into them afterwards. The search for writes is generous, so what is found is certain.

import type { Span } from '../base/finding.ts';
import type { Names, Scope } from '../python/names.ts';
import type { Call, Expression, FunctionDef, Statement } from '../python/tree.ts';
import type { Values } from '../python/values.ts';
import type { Places } from './calls.ts';
import { isSelfAttribute } from './layers.ts';
import type { ClassFact } from './modules.ts';

export interface EmptyParameter {
  readonly owner: ClassFact;
  /** `weight` of `self.weight`. */
  readonly attribute: string;
  readonly statement: Statement;
  /** The call that takes the memory. */
  readonly call: Call;
  /** How many sizes it is given; null where that is not seen. */
  readonly dimensions: number | null;
  /** The methods that would write it and that nobody in the file calls. */
  readonly uncalled: readonly FunctionDef[];
  /** The file makes modules of the class itself, so that no other file is needed to. */
  readonly isMade: boolean;
}

interface Source {
  readonly text: string;
  readonly names: Names;
  readonly values: Values;
  readonly places: Places;
}

const SIZE_NAME =
  /(?:^|_)(?:in|out)?(?:channels?|features?|size|dim|dims|hidden|units|heads|classes|num|n|len|width|planes|nodes|nhid|nout|input|output)(?:_|\d|$)/i;

export function readEmpties(source: Source): readonly EmptyParameter[] {
  const { text, names, places } = source;
  return places.statements.flatMap(({ statement, scope, owner }): EmptyParameter[] => {
    const [target] = statement.kind === 'assign' ? statement.targets : [];
    if (statement.kind !== 'assign' || !owner?.isModule || owner.isManaged || !target) return [];
    if (target.kind !== 'attribute' || !isSelfAttribute(target) || statement.value?.kind !== 'call') return [];
    const name = names.resolve(statement.value.callee, scope);
    const given = statement.value.args[0]?.value;
    if (!name || !/^torch\.nn\.(?:parameter\.)?Parameter$/.test(name) || given?.kind !== 'call') return [];
    const dimensions = sizesOf(given, scope, source);
    if (dimensions === undefined || isWrittenElsewhere(target.name, statement, owner, text)) return [];
    const others = [...owner.methods.values()].filter(
      (method) => method.end <= statement.start || method.start > statement.start,
    );
    const writers = others.filter((method) => writes(target.name, textOf(method, text), false));
    const uncalled = writers.filter((method) => !isCalled(method, owner, text));
    if (uncalled.length < writers.length) return [];
    return [
      { owner, attribute: target.name, statement, call: given, dimensions, uncalled, isMade: isMade(owner, source) },
    ];
  });
}

/** undefined: it is not memory without values. */
function sizesOf(call: Call, scope: Scope, source: Source): number | null | undefined {
  const name = source.names.resolve(call.callee, scope);
  if (name === 'torch.empty_like') return null;
  const sizes = call.args.filter((argument) => argument.name === null);
  const [first] = sizes;
  if (!name || !first) return undefined;
  const count = sizes.some((argument) => argument.stars > 0) ? null : sizes.length;
  if (name === 'torch.empty') {
    if (isOnMeta(call, scope, source)) return undefined;
    return first.value.kind === 'sequence' ? first.value.items.length : sizes.length > 1 ? count : null;
  }
  if (!/^torch\.(?:Tensor|FloatTensor|DoubleTensor|HalfTensor)$/.test(name)) return undefined;
  // One argument may be the data itself.
  return sizes.length > 1 || first.stars === 1 || isSize(first.value, scope, source) ? count : undefined;
}

/** Memory that is not there yet is filled by whoever puts it somewhere. */
function isOnMeta(call: Call, scope: Scope, { values }: Source): boolean {
  const device = call.args.find((argument) => argument.name === 'device')?.value;
  return device !== undefined && values.fold(device, scope)?.value === 'meta';
}

function isSize(value: Expression, scope: Scope, { values }: Source): boolean {
  if (values.number(value, scope) !== undefined) return true;
  const word = value.kind === 'name' ? value.id : value.kind === 'attribute' ? value.name : '';
  return SIZE_NAME.test(word);
}

/** In another class or function, in the constructor, or in a sweep over all parameters. */
function isWrittenElsewhere(attribute: string, statement: Statement, owner: ClassFact, text: string): boolean {
  const { start, end } = statement;
  const { def } = owner;
  if (
    SWEEPS.test(text) ||
    /\bsetattr\s*\(|\bskip_init\b|\bload_state_dict\b|\b_load_from_state_dict\b|from_pretrained/.test(text)
  )
    return true;
  if (writes(attribute, text.slice(0, def.start) + text.slice(def.end), true)) return true;
  const init = [...owner.methods.values()].find((method) => method.start <= start && end <= method.end);
  if (!init) return true;
  return writes(attribute, `${text.slice(init.start, start)}\n${text.slice(end, init.end)}`, false);
}

const SWEEPS = /\bfor\b[^\n]*\b(?:named_)?parameters\(\)[^\n]*:(?:\s*\n[^\n]*){1,6}(?:init|\w_\()/;

/** `init.xavier_(self.w)`, `self.w.data.fill_(0)`, `self.w[0] = 1`, `glorot(self.w)`, `foo(out=self.w)`. */
function writes(attribute: string, text: string, anyReceiver: boolean): boolean {
  const name = `${anyReceiver ? '\\b\\w[\\w.\\[\\]]*' : '\\b\\w+'}\\.${attribute}\\b`;
  const inPlace = `${name}(?:\\.data|\\.detach\\(\\))?(?:\\[[^\\]]*\\])?(?:\\.\\w+)*?\\.\\w*[a-z]_\\(`;
  const assigned = `${name}(?:\\.data)?(?:\\[[^\\]\\n]*\\])?\\s*[-+*/]?=(?!=)`;
  const given = `\\b\\w*(?:init|glorot|zeros?|ones|uniform|normal|xavier|kaiming|trunc|reset|fill|const|copy|orthogonal|sparse|eye|dirac|\\w_)\\w*\\s*\\([^()]*(?:\\([^()]*\\)[^()]*)*${name}`;
  const aliased = `(?:=|\\bin|\\breturn|\\[|,)\\s*\\(?\\[?${name}(?:\\.data)?\\s*(?:[,\\])\\n]|$)`;
  return new RegExp(`${inPlace}|${assigned}|${given}|${aliased}`, 'm').test(text);
}

/** Somebody in the file calls it, PyTorch does, or whoever uses the class is expected to. */
function isCalled({ name, start, end }: FunctionDef, owner: ClassFact, text: string): boolean {
  if (name === 'forward' || /^__/.test(name)) return true;
  if (name !== 'reset_parameters') return true;
  const rest = text.slice(0, start) + text.slice(end);
  return new RegExp(`\\.${name}\\b`).test(rest) || owner.outerBases.some((base) => base !== 'torch.nn.Module');
}

/** By a statement outside the file's modules, or by a module that is made so itself. */
function isMade(fact: ClassFact, source: Source, seen: ReadonlySet<ClassFact> = new Set()): boolean {
  const called = new RegExp(`\\b${fact.name}\\(`);
  return source.places.statements.some(({ statement, owner }) => {
    if (!/^(?:assign|expression|return)$/.test(statement.kind) || owner === fact || (owner && seen.has(owner)))
      return false;
    if (!called.test(textOf(statement, source.text))) return false;
    return !owner?.isModule || isMade(owner, source, new Set([...seen, fact]));
  });
}

function textOf({ start, end }: Span, text: string): string {
  return text.slice(start, end);
}
