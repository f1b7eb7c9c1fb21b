// Initializers that need a matrix and are given a vector: kaiming, xavier and orthogonal of biases, or of every
// parameter of a model that has biases and norms.

import type { Scope } from '../../python/names.ts';
import type { Call } from '../../python/tree.ts';
import type { Facts } from '../facts.ts';
import type { LayerFact } from '../layers.ts';
import { readInitializers } from './initializers.ts';
import { layersWithin } from './layers.ts';

export interface FlatInit {
  readonly call: Call;
  /** `xavier_uniform_`. */
  readonly how: string;
  /** A layer with a parameter of one axis; null where the call itself names a bias. */
  readonly layer: LayerFact | null;
  /** Only where there is a bias: the model may have none. */
  readonly guarded: boolean;
}

/** Of a layer, and of a recurrent one. */
const BIAS = /^bias(?:_[ih]h)?(?:_l\d+(?:_reverse)?)?$/;
const NEEDS_MATRIX = /^(?:kaiming|xavier)_(?:uniform|normal)_$|^(?:orthogonal|sparse)_$/;

export function readFlatInits(facts: Facts): readonly FlatInit[] {
  if (!/\b(?:kaiming|xavier|orthogonal|sparse)_/.test(facts.text)) return [];
  const { passes, functions, singles } = facts.of(readInitializers);
  const initializers = new Set([...functions, ...passes.map(({ initializer }) => initializer)]);
  const writes = [
    ...[...initializers].flatMap(({ branches }) => branches.flatMap((branch) => branch.writes)),
    // A module's own parameter has the axes it was made with, whatever its name.
    ...singles.filter(({ holder }) => holder.kind !== 'name' || holder.id !== 'self'),
  ];
  const biases = writes.filter(({ how, attribute }) => BIAS.test(attribute) && NEEDS_MATRIX.test(how));
  return [
    ...biases.map(({ call, how }) => ({ call, how, layer: null, guarded: asksForBias(call, facts) })),
    ...sweeps(facts),
  ];
}

/** `if m.bias is not None:` around it. */
function asksForBias({ start, end }: Call, { places, text }: Facts): boolean {
  return places.statements.some(
    ({ statement }) =>
      statement.kind === 'if' &&
      statement.start <= start &&
      end <= statement.end &&
      /\bbias\b/.test(text.slice(statement.test.start, statement.test.end)),
  );
}

/** `for p in self.parameters(): nn.init.xavier_uniform_(p)`, with no question about the axes. */
function sweeps(facts: Facts): readonly FlatInit[] {
  return facts.places.statements.flatMap((place): FlatInit[] => {
    const { statement, scope } = place;
    if (statement.kind !== 'for' || statement.iterable.kind !== 'call' || statement.target.kind !== 'name') return [];
    const { callee } = statement.iterable;
    if (callee.kind !== 'attribute' || callee.name !== 'parameters') return [];
    const isSelf = callee.object.kind === 'name' && callee.object.id === 'self';
    const owner = isSelf && place.owner?.isModule ? place.owner : facts.receivers.of(callee.object, place)?.fact;
    const layer = owner ? layersWithin(owner, facts).find(isFlat) : undefined;
    if (!layer) return [];
    const variable = statement.target.id;
    return statement.body.flatMap((inner) => {
      const call = inner.kind === 'expression' && inner.value.kind === 'call' ? inner.value : null;
      const how = call && howOf(call, variable, scope, facts);
      return call && how ? [{ call, how, layer, guarded: false }] : [];
    });
  });
}

/** The initializer a call gives the variable to, if it needs a matrix. */
function howOf({ callee, args }: Call, variable: string, scope: Scope, facts: Facts): string | null {
  const name = /^torch\.nn\.init\.(\w+?)_?$/.exec(facts.names.resolve(callee, scope) ?? '')?.[1];
  const tensor = args[0]?.value;
  const isIt = tensor?.kind === 'name' && tensor.id === variable;
  return name && isIt && NEEDS_MATRIX.test(`${name}_`) ? `${name}_` : null;
}

/** A bias, or a norm's scale. */
function isFlat({ type, args }: LayerFact): boolean {
  if (/^torch\.nn\.(?:BatchNorm[123]d|LayerNorm|GroupNorm)$/.test(type)) return args.complete && args.values.size < 3;
  return /^torch\.nn\.(?:Linear|Conv[123]d)$/.test(type) && args.complete && !args.values.has('bias');
}
