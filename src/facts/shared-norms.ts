// One BatchNorm for the outputs of different layers, within one forward(): its running statistics become
// those of neither.

import type { Facts } from './facts.ts';
import { type NormNode, readNorms } from './graphs/queries.ts';
import type { GraphNode } from './graphs/values.ts';
import { enclosing } from './loops.ts';

export interface SharedNorm {
  readonly first: NormNode;
  readonly second: NormNode;
}

/** One for each layer that is shared. */
export function readSharedNorms(facts: Facts): readonly SharedNorm[] {
  if (!/BatchNorm/.test(facts.text)) return [];
  const norms = facts
    .of(readNorms)
    .filter(({ family, module }) => family === 'batch' && isTracked(module.args.get('track_running_stats')));
  const found = new Map<number, SharedNorm>();
  for (const [i, first] of norms.entries())
    for (const second of norms.slice(i + 1)) {
      if (second.graph !== first.graph || second.module !== first.module || found.has(first.module.call.start))
        continue;
      const [a, b] = [producerOf(first.node), producerOf(second.node)];
      if (!a || !b || a.module === b.module || a.module?.call === b.module?.call) continue;
      if (!areExclusive(first.node, second.node, facts)) found.set(first.module.call.start, { first, second });
    }
  return [...found.values()];
}

function isTracked(
  value: NormNode['module']['args'] extends ReadonlyMap<string, infer V> ? V | undefined : never,
): boolean {
  return !(value?.kind === 'plain' && value.value === false);
}

/** The layer with weights whose output it normalizes; null where that cannot be said. */
function producerOf(node: GraphNode): GraphNode | null {
  let at = node.inputs.length === 1 ? node.inputs[0] : undefined;
  while (at?.op === 'function' && at.inputs.length === 1) at = at.inputs[0];
  return at?.op === 'layer' && /^torch\.nn\.(?:Linear|Conv(?:Transpose)?[123]d)$/.test(at.name) ? at : null;
}

/** In two branches of one `if`, or in one that returns before the other. */
function areExclusive(a: GraphNode, b: GraphNode, { module, text }: Facts): boolean {
  const [one, two] = [enclosing(module.body, a.span), enclosing(module.body, b.span)];
  return [one, two].some((chain) =>
    chain.some((statement) => {
      const own = text.slice(statement.start, statement.end);
      if (statement.kind === 'if')
        return !(one.includes(statement) && two.includes(statement)) ? /\breturn\b/.test(own) : true;
      return (
        statement.kind !== 'function' &&
        statement.kind !== 'class' &&
        /\bif\b.*\belse\b/s.test(own) &&
        isInnermost(statement, chain)
      );
    }),
  );
}

function isInnermost(statement: unknown, chain: readonly unknown[]): boolean {
  return chain.at(-1) === statement;
}
