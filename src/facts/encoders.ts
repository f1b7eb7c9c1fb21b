// nn.TransformerEncoder with its layer: where the norms stand, how deep it is, and what comes behind.

import type { Call, Expression } from '../python/tree.ts';
import type { CallFact } from './calls.ts';
import type { Facts } from './facts.ts';
import { readGraphs } from './graphs/graphs.ts';
import { selfPath } from './layers.ts';

export interface EncoderFact {
  readonly call: Call;
  readonly normFirst: boolean;
  readonly layers: number | null;
  /** A norm at its end, by argument or by what forward() does next. */
  readonly endsInNorm: boolean;
  /** `d_model` of its layer. */
  readonly width: Expression | null;
}

export function readEncoders(facts: Facts): readonly EncoderFact[] {
  if (!/\bTransformerEncoder\(/.test(facts.text)) return [];
  return facts.places.calls.flatMap((place): EncoderFact[] => {
    if (place.name !== 'torch.nn.TransformerEncoder' || place.call.args.some(({ stars }) => stars > 0)) return [];
    const given = (name: string, at: number) => {
      const { args } = place.call;
      return (
        args.find((argument) => argument.name === name)?.value ?? (args[at]?.name === null ? args[at].value : undefined)
      );
    };
    const layer = given('encoder_layer', 0);
    const made = layer && layerCall(layer, place, facts);
    if (!made || made.args.some(({ stars }) => stars > 0)) return [];
    const first = made.args.find(({ name }) => name === 'norm_first')?.value;
    if (first && first.kind !== 'constant') return [];
    const depth = given('num_layers', 1);
    return [
      {
        call: place.call,
        normFirst: first?.kind === 'constant' && first.value === true,
        layers: (depth && facts.values.number(depth, place.scope)) ?? null,
        endsInNorm: given('norm', 2) !== undefined || isNormedLater(place.call, facts),
        width:
          made.args.find(({ name }) => name === 'd_model')?.value ??
          (made.args[0]?.name === null ? made.args[0].value : null),
      },
    ];
  });
}

/** `nn.TransformerEncoderLayer(…)`, written there or under a name that is bound once. */
function layerCall(layer: Expression, place: CallFact, facts: Facts): Call | null {
  const isLayer = (call: Expression, scope = place.scope): call is Call =>
    call.kind === 'call' && facts.names.resolve(call.callee, scope) === 'torch.nn.TransformerEncoderLayer';
  if (isLayer(layer)) return layer;
  if (layer.kind === 'name') {
    const [only, ...others] = facts.names.lookup(layer.id, place.scope);
    return only?.kind === 'assign' && others.length === 0 && isLayer(only.value) ? only.value : null;
  }
  const path = selfPath(layer);
  const [made, ...more] = place.owner?.layers.filter((item) => item.path === path) ?? [];
  return made?.type === 'torch.nn.TransformerEncoderLayer' && more.length === 0 ? made.call : null;
}

/** Its output is normalized, or goes where nobody can see. */
function isNormedLater(call: Call, facts: Facts): boolean {
  const nodes = facts.of(readGraphs).flatMap((graph) => graph.nodes.filter(({ module }) => module?.call === call));
  const [node] = nodes;
  if (!node || nodes.length > 1 || node.escapes) return true;
  // Through the choice of a step or a mean over them.
  const open = [...node.consumers];
  for (let i = 0; i < open.length && i < 20; i++) {
    const at = open[i];
    if (!at || /norm/i.test(at.name)) return true;
    // Another layer ends the stream.
    if (at.op === 'layer') continue;
    if (at.escapes || at.op === 'unknown') return true;
    open.push(...at.consumers);
  }
  return open.length === 0;
}
