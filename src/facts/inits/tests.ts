// The tests an initializer asks of a module before it writes: `isinstance(m, nn.Conv2d)`, `type(m) in …`,
// `classname.find('Conv') != -1`. Each says which layers pass; what else is asked is a condition nobody knows.

import type { Names, Scope } from '../../python/names.ts';
import type { Expression } from '../../python/tree.ts';

/** Which layers a branch is for: full names, parts of class names, or all of them. */
export interface LayerTest {
  /** `torch.nn.Conv2d`; null stands for a class that does not resolve. */
  readonly types: readonly (string | null)[];
  /** `Conv` of `classname.find('Conv') != -1`. */
  readonly words: readonly string[];
}

/** What a test says: which layers, or nothing that is understood. */
export type Reading = LayerTest | 'unknown';

export interface TestSource {
  readonly names: Names;
  readonly scope: Scope;
  /** The variable that stands for the module. */
  readonly variable: string;
  /** Variables that hold the name of its class. */
  readonly classNames: ReadonlySet<string>;
}

/** Tests of the type alone, joined by `or`; of those joined by `and`, the ones about the type, if the rest is harmless. */
export function readTest(test: Expression, source: TestSource): Reading {
  if (test.kind === 'operation' && test.type === 'boolean') {
    const parts = test.operands.map((operand) => readTest(operand, source));
    if (test.operators[0] === 'or') return union(parts);
    const known = parts.filter((part) => part !== 'unknown');
    const rest = test.operands.filter((_, i) => parts[i] === 'unknown');
    return known.length === 1 && known[0] && rest.every((part) => asksForTensor(part, source)) ? known[0] : 'unknown';
  }
  if (test.kind === 'call') return readCall(test, source);
  if (test.kind === 'operation' && test.type === 'compare')
    return readComparison(test.operators, test.operands, source);
  return 'unknown';
}

function union(parts: readonly Reading[]): Reading {
  const known = parts.filter((part) => part !== 'unknown');
  if (known.length < parts.length) return 'unknown';
  return { types: known.flatMap(({ types }) => types), words: known.flatMap(({ words }) => words) };
}

/** `m.bias is not None`, `hasattr(m, 'weight')`: true of the layers that have one. */
export function asksForTensor(test: Expression, { variable }: Pick<TestSource, 'variable'>): boolean {
  if (test.kind === 'call' && test.callee.kind === 'name' && test.callee.id === 'hasattr')
    return test.args[0]?.value.kind === 'name' && test.args[0].value.id === variable;
  if (test.kind === 'attribute') return isOf(test, variable);
  if (test.kind !== 'operation' || test.type !== 'compare') return false;
  const [left, right] = test.operands;
  return (
    /^(?:is not|!=)$/.test(test.operators[0] ?? '') && right?.kind === 'constant' && !!left && isOf(left, variable)
  );
}

function isOf(expression: Expression, variable: string): boolean {
  if (expression.kind === 'attribute') return isOf(expression.object, variable);
  return expression.kind === 'name' && expression.id === variable;
}

/** `isinstance(m, nn.Conv2d)`, `isinstance(m, (nn.Conv2d, nn.Linear))`. */
function readCall(test: Expression & { kind: 'call' }, source: TestSource): Reading {
  const [object, type] = test.args;
  if (test.callee.kind !== 'name' || test.callee.id !== 'isinstance' || !type) return startsWith(test, source);
  if (object?.value.kind !== 'name' || object.value.id !== source.variable) return 'unknown';
  return typesOf(type.value, source);
}

/** `classname.startswith('Conv')`. */
function startsWith({ callee, args }: Expression & { kind: 'call' }, source: TestSource): Reading {
  const word = args[0]?.value;
  if (callee.kind !== 'attribute' || callee.name !== 'startswith' || !isClassName(callee.object, source))
    return 'unknown';
  return word?.kind === 'string' && word.value !== null ? { types: [], words: [word.value] } : 'unknown';
}

function typesOf(expression: Expression, { names, scope }: TestSource): LayerTest {
  const items = expression.kind === 'sequence' ? expression.items : [expression];
  return { types: items.map((item) => names.resolve(item, scope)), words: [] };
}

function readComparison(operators: readonly string[], operands: readonly Expression[], source: TestSource): Reading {
  const [left, right] = operands;
  const [operator] = operators;
  if (operators.length !== 1 || !left || !right) return 'unknown';
  // `type(m) == nn.Conv2d`, `type(m) in [nn.Conv2d, nn.Linear]`
  if (left.kind === 'call' && left.callee.kind === 'name' && left.callee.id === 'type')
    return /^(?:==|is|in)$/.test(operator ?? '') ? typesOf(right, source) : 'unknown';
  // `'Conv' in classname`
  if (operator === 'in' && left.kind === 'string' && left.value !== null && isClassName(right, source))
    return { types: [], words: [left.value] };
  // `classname == 'Conv2d'`
  if (operator === '==' && right.kind === 'string' && right.value !== null && isClassName(left, source))
    return { types: [`torch.nn.${right.value}`], words: [] };
  const word = foundWord(left, source);
  const isFound =
    (operator === '!=' && numberIn(right) === -1) ||
    (operator === '>' && numberIn(right) === -1) ||
    (operator === '>=' && numberIn(right) === 0) ||
    (operator === '==' && numberIn(right) === 0);
  return word !== null && isFound ? { types: [], words: [word] } : 'unknown';
}

/** `classname.find('Conv')`. */
export function foundWord(expression: Expression, source: Pick<TestSource, 'variable' | 'classNames'>): string | null {
  if (expression.kind !== 'call' || expression.callee.kind !== 'attribute' || expression.callee.name !== 'find')
    return null;
  const word = expression.args[0]?.value;
  if (!isClassName(expression.callee.object, source)) return null;
  return word?.kind === 'string' ? word.value : null;
}

/** `classname`, `m.__class__.__name__`, `type(m).__name__`. */
function isClassName(expression: Expression, { classNames }: Pick<TestSource, 'classNames'>): boolean {
  if (expression.kind === 'name') return classNames.has(expression.id);
  return expression.kind === 'attribute' && expression.name === '__name__';
}

function numberIn(expression: Expression): number | null {
  if (expression.kind === 'number') return expression.value;
  const [only] = expression.kind === 'operation' ? expression.operands : [];
  return expression.kind === 'operation' && expression.operators[0] === '-' && only?.kind === 'number'
    ? -only.value
    : null;
}

/** Whether a layer of torch.nn passes. */
export function passesTest(type: string, test: LayerTest | null): boolean {
  if (test === null) return true;
  const name = type.slice(type.lastIndexOf('.') + 1);
  return (
    test.words.some((word) => name.includes(word)) || test.types.some((wanted) => wanted !== null && isA(type, wanted))
  );
}

/** By the classes of torch.nn that are bases of others. */
function isA(type: string, wanted: string): boolean {
  if (type === wanted || wanted === 'torch.nn.Module') return true;
  const pattern = BASES[wanted];
  return pattern?.test(type) ?? false;
}

const BASES: Readonly<Record<string, RegExp>> = {
  'torch.nn._ConvNd': /^torch\.nn\.Conv(?:Transpose)?[123]d$/,
  'torch.nn.modules.conv._ConvNd': /^torch\.nn\.Conv(?:Transpose)?[123]d$/,
  'torch.nn._BatchNorm': /^torch\.nn\.(?:Sync)?BatchNorm(?:[123]d)?$/,
  'torch.nn.modules.batchnorm._BatchNorm': /^torch\.nn\.(?:Sync)?BatchNorm(?:[123]d)?$/,
  'torch.nn.modules.batchnorm._NormBase': /^torch\.nn\.(?:(?:Sync)?BatchNorm|InstanceNorm)(?:[123]d)?$/,
};
