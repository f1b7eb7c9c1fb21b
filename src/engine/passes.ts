// The ways a session passes through its graph; each has programs of its own.

import type { Graph } from '../graph/graph.ts';
import type { Program } from './program.ts';
import type { Tensor } from './session.ts';
import type { Value } from './values.ts';

export type Kind = 'step' | 'accumulate' | 'readable step' | 'readable accumulate' | 'train' | 'track' | 'eval';

export const ENDINGS: Readonly<Record<Kind, 'update' | 'accumulate' | 'none'>> = {
  step: 'update',
  'readable step': 'update',
  accumulate: 'accumulate',
  'readable accumulate': 'accumulate',
  train: 'none',
  track: 'none',
  eval: 'none',
};

/** Whether a pass has gradients, and moves the state as a training step does. */
export function trains(kind: Kind): boolean {
  return ENDINGS[kind] !== 'none';
}

export function isReadable(kind: Kind): boolean {
  return kind === 'readable step' || kind === 'readable accumulate';
}

export function keyOf(kind: Kind, batch: number, target: Pick<Tensor, 'shape' | 'dtype'>): string {
  return `${kind} ${batch} ${target.dtype} ${target.shape.join('×')}`;
}

export function describeNode(graph: Graph, name: string): string {
  const node = graph.train.find((one) => one.name === name);
  if (node === undefined) return 'the loss';
  const label = node.op === 'call_module' && node.target !== '' ? node.target : node.name;
  return node.place === null ? `\`${label}\`` : `\`${label}\` (${node.place.path}:${node.place.line})`;
}

/** How many floats measuring every probe reads. */
export function probedFloats({ probes }: Program): number {
  const floats = (value: Value | null) => (value?.dtype === 'float32' ? value.size : 0);
  return [...probes.values()].reduce((sum, { value, gradient }) => sum + floats(value) + floats(gradient), 0);
}
