// Edits of a Compose that rules about preprocessing share.

import type { Edit } from '../base/finding.ts';
import type { Facts } from '../facts/facts.ts';
import type { Pipeline } from '../facts/pipelines.ts';
import type { Statistics } from '../facts/pretrained.ts';

/** `Normalize(mean, std)` behind the conversion to a tensor; null where the file has no name for it. */
export function insertNormalize(pipeline: Pipeline, { mean, std }: Statistics, facts: Facts): Edit | null {
  const conversion = pipeline.steps.find(({ kind }) => kind === 'to-unit')?.item;
  const name = conversion?.kind === 'call' ? normalizeIn(conversion.callee, pipeline, facts) : null;
  if (!conversion || !name) return null;
  const { list } = pipeline;
  const next = list.items[list.items.indexOf(conversion) + 1];
  // On a line of its own where the others are.
  const gap = facts.text.slice(conversion.end, next?.start ?? list.end);
  const before = facts.text.slice(0, conversion.start);
  const indent = /(\r?\n[ \t]*)$/.exec(before)?.[1];
  const space = indent !== undefined && gap.includes('\n') ? indent : ' ';
  return {
    span: { start: conversion.end, end: conversion.end },
    newText: `,${space}${name}((${mean.join(', ')}), (${std.join(', ')}))`,
  };
}

function normalizeIn(
  callee: Pipeline['compose']['callee'],
  { scope }: Pipeline,
  { text, names }: Facts,
): string | null {
  if (callee.kind === 'attribute') return `${text.slice(callee.object.start, callee.object.end)}.Normalize`;
  const [only, ...others] = names.lookup('Normalize', scope);
  return only?.kind === 'import' && others.length === 0 && only.target.startsWith('torchvision.') ? 'Normalize' : null;
}
