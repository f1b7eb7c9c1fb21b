// A short, stable name for plain data: what a result was made from. Not for security.

import type { Graph } from '../graph/graph.ts';
import type { DataSpec, Plan } from './plan.ts';

/** 64 bits of FNV-1a as 16 hexadecimal digits. */
export function hashBytes(bytes: Uint8Array): string {
  // Two halves with their own offsets: multiplying 64-bit numbers would take BigInt for every byte.
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte ^ (a >>> 24), 0x01000193);
  }
  return hex(a) + hex(b);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

export function hashText(text: string): string {
  return hashBytes(new TextEncoder().encode(text));
}

/** The same for objects that differ in the order of their keys only. */
export function hashValue(value: unknown): string {
  return hashText(canonical(value));
}

function canonical(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes:${hashBytes(value)}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** Of everything a result depends on: a plan with another hash makes other numbers. */
export function planHash(plan: Plan): string {
  return hashValue({ ...plan, title: '', graphs: plan.graphs.map(withoutPlaces) });
}

/** Where the user's code stands has no part in the numbers; a blank line above must not make results stale. */
function withoutPlaces(graph: Graph): unknown {
  return JSON.parse(
    JSON.stringify(graph, (key, value) => (key === 'place' || key === 'stack' || key === 'path' ? undefined : value)),
  );
}

export function dataHash(data: DataSpec): string {
  return data.kind === 'file' ? hashBytes(data.bytes) : hashValue(data);
}
