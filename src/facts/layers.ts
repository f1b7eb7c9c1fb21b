// The layers a class makes in its methods, the order in which forward() uses them, and what of a layer
// follows train() and eval().

import type { Span } from '../base/finding.ts';
import { type BoundArguments, bindNames } from '../python/arguments.ts';
import type { Names, Scope } from '../python/names.ts';
import type { Call, Expression, FunctionDef, Statement } from '../python/tree.ts';
import type { Values } from '../python/values.ts';
import { ownExpressions, statementsOf, subexpressions } from '../python/walk.ts';
import { factoryOf, isBatchNorm, isDropout, isInstanceNorm, isLayer, isRecurrent, signatureOf } from './knowledge.ts';

export interface LayerFact {
  /** `fc1`, `features.0`; empty where the layer is not held by an attribute that is seen. */
  readonly path: string;
  /** `torch.nn.Linear`; of the file's own class, its name. */
  readonly type: string;
  readonly call: Call;
  readonly args: BoundArguments;
  readonly scope: Scope;
  /** Made once for each object: not in a loop, a helper or a branch. */
  readonly once: boolean;
}

export interface Sensitivity {
  readonly batchNorm: number;
  readonly dropout: number;
  /** The counts are the real numbers, not the numbers of places. */
  readonly exact: boolean;
  /** Something inside is not visible here. */
  readonly unknown: boolean;
}

export const INSENSITIVE: Sensitivity = { batchNorm: 0, dropout: 0, exact: true, unknown: false };
export const UNSEEN: Sensitivity = { batchNorm: 0, dropout: 0, exact: false, unknown: true };

export function addSensitivity(a: Sensitivity, b: Sensitivity): Sensitivity {
  return {
    batchNorm: a.batchNorm + b.batchNorm,
    dropout: a.dropout + b.dropout,
    exact: a.exact && b.exact,
    unknown: a.unknown || b.unknown,
  };
}

export interface ForwardStep {
  /** `self.fc1` is `fc1`; of a function, its full name: `torch.nn.functional.relu`. */
  readonly name: string;
  readonly kind: 'attribute' | 'function';
  readonly span: Span;
}

/** Of a layer from torch or a library's model; null for the file's own class. */
export function layerSensitivity(layer: LayerFact, values: Values): Sensitivity | null {
  const { type, once } = layer;
  const factory = factoryOf(type, chosenName(layer, values));
  // `norm_layer=FrozenBatchNorm2d`: which norm it is then, the argument decides.
  if (factory && layer.args.values.has('norm_layer')) return UNSEEN;
  if (factory) {
    const { batchNorm, dropout } = factory;
    return { batchNorm: Number(batchNorm), dropout: Number(dropout), exact: false, unknown: !batchNorm && !dropout };
  }
  if (isBatchNorm(type) || tracksStatistics(layer)) return { ...INSENSITIVE, batchNorm: 1, exact: once };
  if (dropsOut(layer, values)) return { ...INSENSITIVE, dropout: 1, exact: once };
  return isLayer(type) ? INSENSITIVE : null;
}

/** `get_model(name)` where the name is a constant or a parameter's default. */
function chosenName({ call, scope }: LayerFact, values: Values): string | undefined {
  const [first] = call.args;
  const param = scope.owner.kind === 'function' && first?.value.kind === 'name' ? first.value.id : null;
  const given =
    param && scope.owner.kind === 'function'
      ? scope.owner.params.find((item) => item.name === param)?.default
      : first?.value;
  const name = given && values.fold(given, scope)?.value;
  return typeof name === 'string' ? name : undefined;
}

function tracksStatistics({ type, args }: LayerFact): boolean {
  const tracked = args.values.get('track_running_stats');
  return isInstanceNorm(type) && tracked?.kind === 'constant' && tracked.value === true;
}

/** PyTorch's own defaults: 0.5 for the Dropout family, 0.1 in the Transformer's layers, 0 everywhere else. */
function dropsOut({ type, args, scope }: LayerFact, values: Values): boolean {
  const number = (name: string) => values.number(args.values.get(name), scope);
  if (isDropout(type)) return number('p') !== 0;
  if (/^torch\.nn\.Transformer(?:\w*Layer)?$/.test(type)) return number('dropout') !== 0;
  if (!args.values.has('dropout') || number('dropout') === 0) return false;
  // A recurrent layer drops out between its own layers only.
  if (isRecurrent(type)) return args.values.has('num_layers') && number('num_layers') !== 1;
  return type === 'torch.nn.MultiheadAttention';
}

/** The layers a method makes; `self.x = nn.Sequential(a, b)` gives `x`, `x.0` and `x.1`. */
export function layersOf(method: FunctionDef, names: Names): readonly LayerFact[] {
  const scope = names.scopeOf(method);
  const layers: LayerFact[] = [];
  const straight = new Set<Statement>(method.name === '__init__' ? method.body : []);
  for (const statement of statementsOf(method.body)) {
    const once = straight.has(statement);
    if (statement.kind === 'assign' && statement.value) {
      const path = statement.targets.flatMap((target) =>
        isSelfAttribute(target) && target.kind === 'attribute' ? [target.name] : [],
      )[0];
      addLayers(statement.value, path ?? '', once);
    } else for (const own of ownExpressions(statement)) addLayers(own, '', once);
  }
  return layers;

  function addLayers(expression: Expression, path: string, once: boolean): void {
    const type = expression.kind === 'call' ? layerType(expression, scope, names) : null;
    if (expression.kind === 'call' && type) {
      layers.push({ path, type, call: expression, args: bindNames(expression, signatureOf(type)), scope, once });
      expression.args.forEach((argument, i) => {
        addLayers(argument.value, type === 'torch.nn.Sequential' && path ? `${path}.${i}` : '', once);
      });
      return;
    }
    const single = once && expression.kind !== 'comprehension' && expression.kind !== 'lambda';
    for (const part of subexpressions(expression)) addLayers(part, '', single);
  }
}

/** The full name of a layer from torch or of a library's model, or the name of the file's own class. */
function layerType(call: Call, scope: Scope, names: Names): string | null {
  const name = names.resolve(call.callee, scope) ?? defaultType(call.callee, scope, names);
  if (name) return isLayer(name) || factoryOf(name) ? name : null;
  const local = names.definition(call.callee, scope);
  return local?.kind === 'class' ? local.name : null;
}

/** `norm_layer(planes)` where the method says `norm_layer=nn.BatchNorm2d`. */
function defaultType(callee: Expression, scope: Scope, names: Names): string | null {
  if (callee.kind !== 'name' || scope.owner.kind !== 'function') return null;
  const param = scope.owner.params.find((item) => item.name === callee.id);
  return param?.default ? names.resolve(param.default, scope) : null;
}

/** Arguments before the call that takes them, as Python evaluates. */
export function stepsOf(forward: FunctionDef, names: Names): readonly ForwardStep[] {
  const scope = names.scopeOf(forward);
  const steps: ForwardStep[] = [];
  for (const statement of statementsOf(forward.body)) for (const own of ownExpressions(statement)) addSteps(own);
  return steps;

  function addSteps(expression: Expression): void {
    if (expression.kind !== 'call') {
      for (const part of subexpressions(expression)) addSteps(part);
      return;
    }
    for (const argument of expression.args) addSteps(argument.value);
    const span = { start: expression.start, end: expression.end };
    const path = selfPath(expression.callee);
    if (path) steps.push({ name: path, kind: 'attribute', span });
    else {
      const name = names.resolve(expression.callee, scope);
      if (name) steps.push({ name, kind: 'function', span });
      else if (expression.callee.kind === 'attribute') {
        addSteps(expression.callee.object);
        // `x.relu()` is torch.relu(x).
        steps.push({ name: `torch.${expression.callee.name}`, kind: 'function', span });
      }
    }
  }
}

/** `self.block.conv` and `self.layers[0]` as `block.conv` and `layers.0`. */
export function selfPath(expression: Expression): string | null {
  if (expression.kind === 'attribute') {
    if (expression.object.kind === 'name') return expression.object.id === 'self' ? expression.name : null;
    const object = selfPath(expression.object);
    return object && `${object}.${expression.name}`;
  }
  if (expression.kind === 'subscript') {
    const object = selfPath(expression.object);
    const [index] = expression.indices;
    return object && index?.kind === 'number' ? `${object}.${index.value}` : null;
  }
  return null;
}

export function isSelfAttribute(expression: Expression): boolean {
  return expression.kind === 'attribute' && expression.object.kind === 'name' && expression.object.id === 'self';
}
