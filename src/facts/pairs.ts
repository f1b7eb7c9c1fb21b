// A layer with weights and the mean-subtracting norm right behind it, where nothing else can see what is
// between them: neighbors in a Sequential, or in a list that becomes one, and `norm(layer(x))` in one
// expression. Statements in between may hold a second use, so they are not followed.

import type { Span } from '../base/finding.ts';
import type { Call, Expression } from '../python/tree.ts';
import { ownExpressions, visitExpression } from '../python/walk.ts';
import type { CallFact, Places } from './calls.ts';
import { isBatchNorm, isInstanceNorm } from './knowledge.ts';
import { isSelfAttribute } from './layers.ts';
import type { ClassFact } from './modules.ts';

export interface LayerPair {
  readonly layer: CallFact;
  readonly norm: CallFact;
}

interface Source {
  readonly text: string;
  readonly places: Places;
}

export function readPairs({ text, places }: Source): readonly LayerPair[] {
  const byCall = new Map(places.calls.map((call) => [call.call, call]));
  const pairs: LayerPair[] = [];
  const unpacked = new Map<Span | null, boolean>();
  for (const { statement, def, owner } of places.statements) {
    const around = def ?? owner?.def;
    const becomes = isUnpacked(around ?? null);
    for (const own of ownExpressions(statement))
      visitExpression(own, (part) => {
        if (part.kind === 'call' && byCall.get(part)?.name === 'torch.nn.Sequential')
          addNeighbors(part.args.filter(({ stars }) => stars === 0).map(({ value }) => value));
        if (part.kind === 'sequence' && becomes) addNeighbors(part.items);
        if (part.kind === 'call' && owner && def?.name === 'forward') addNested(part, owner);
      });
  }
  return pairs;

  /** A list is unpacked into a Sequential somewhere in this definition, or in the file. */
  function isUnpacked(around: Span | null): boolean {
    let known = unpacked.get(around);
    if (known === undefined) {
      known = /\bSequential\(\s*\*/.test(around ? text.slice(around.start, around.end) : text);
      unpacked.set(around, known);
    }
    return known;
  }

  function addNeighbors(items: readonly Expression[]): void {
    items.forEach((item, i) => {
      const next = items[i + 1];
      if (item.kind === 'call' && next?.kind === 'call') add(byCall.get(item), byCall.get(next));
    });
  }

  /** `self.bn(self.conv(x))`, of layers with one use each. */
  function addNested(call: Call, owner: ClassFact): void {
    const [inner] = call.args;
    if (call.args.length !== 1 || inner?.value.kind !== 'call') return;
    const norm = madeOnce(call.callee, owner);
    const layer = madeOnce(inner.value.callee, owner);
    if (norm && layer) add(layer, norm);
  }

  function madeOnce(callee: Expression, owner: ClassFact): CallFact | undefined {
    if (callee.kind !== 'attribute' || !isSelfAttribute(callee)) return undefined;
    const [only, ...others] = owner.layers.filter((layer) => layer.path === callee.name);
    const uses = [
      ...text.slice(owner.def.start, owner.def.end).matchAll(new RegExp(`\\bself\\.${callee.name}\\b`, 'g')),
    ];
    return only?.once && others.length === 0 && uses.length === 2 ? byCall.get(only.call) : undefined;
  }

  function add(layer: CallFact | undefined, norm: CallFact | undefined): void {
    if (layer && norm && isConvOrLinear(layer.name) && subtractsMean(norm.name)) pairs.push({ layer, norm });
  }
}

function isConvOrLinear(name: string): boolean {
  return /^torch\.nn\.(?:Linear|Conv(?:Transpose)?[123]d)$/.test(name);
}

function subtractsMean(name: string): boolean {
  return isBatchNorm(name) || isInstanceNorm(name);
}
