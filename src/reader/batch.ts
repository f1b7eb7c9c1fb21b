// One graph for any batch size, out of the same call traced at two: a number that grew with the batch is a
// multiple of it. Where anything else differs the model does different things at different sizes.

import { isList, type Value, type Values } from '../torch/signature.ts';
import type { RawNode } from './python.ts';

export interface Batches {
  readonly first: number;
  readonly second: number;
}

/** The nodes of the first trace with multiples of the batch marked, or the node where the two part. */
export function mergeBatches(
  first: readonly RawNode[],
  second: readonly RawNode[],
  batches: Batches,
): { readonly nodes: readonly RawNode[]; readonly differs: RawNode | null } {
  const nodes: RawNode[] = [];
  for (const [i, node] of first.entries()) {
    const other = second[i];
    if (other?.op !== node.op || other.target !== node.target || other.outputs.length !== node.outputs.length)
      return { nodes: first, differs: node };
    const args = mergeValue(node.args, other.args, batches);
    if (args === undefined || !shapesAgree(node, other, batches)) return { nodes: first, differs: node };
    nodes.push({ ...node, args: args as Values });
  }
  return second.length === first.length ? { nodes, differs: null } : { nodes: first, differs: first.at(-1) ?? null };
}

function shapesAgree(a: RawNode, b: RawNode, batches: Batches): boolean {
  return a.outputs.every(([shape, dtype], i) => {
    const other = b.outputs[i];
    return other !== undefined && other[1] === dtype && mergeValue(shape, other[0], batches) !== undefined;
  });
}

/** undefined where the two cannot be one value for every batch size. */
function mergeValue(a: Value, b: Value, batches: Batches): Value | undefined {
  if (a === b) return a;
  if (typeof a === 'number' && typeof b === 'number') return multiple(a, b, batches);
  if (isList(a) && isList(b)) {
    if (a.length !== b.length) return undefined;
    const items = a.map((item, i) => mergeValue(item, b[i] ?? null, batches));
    return items.some((item) => item === undefined) ? undefined : (items as Value[]);
  }
  if (!isRecord(a) || !isRecord(b)) return undefined;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return undefined;
  const merged: Record<string, Value> = {};
  for (const key of keys) {
    const item = Object.hasOwn(b, key) ? mergeValue(a[key] ?? null, b[key] ?? null, batches) : undefined;
    if (item === undefined) return undefined;
    merged[key] = item;
  }
  return merged;
}

function multiple(a: number, b: number, { first, second }: Batches): Value | undefined {
  const k = a / first;
  return Number.isInteger(k) && k * second === b ? { batch: k } : undefined;
}

function isRecord(value: Value): value is Readonly<Record<string, Value>> {
  return typeof value === 'object' && value !== null && !isList(value);
}
