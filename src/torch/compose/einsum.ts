// Einstein sums, two operands at a time, each as one matrix product: labels in both and in the result are batches,
// labels in both only are summed, the rest are rows and columns.

import { UserError } from '../../base/errors.ts';
import type { Ops } from '../ops.ts';
import { elements, misfit, shapeText } from '../shapes/arithmetic.ts';
import { diagonal, shapeOf } from './views.ts';

interface Term<T> {
  readonly x: T;
  readonly labels: readonly string[];
}

export function einsum<T>(ops: Ops<T>, equation: string, operands: readonly T[]): T {
  const { inputs, output } = parse(
    equation,
    operands.map((x) => shapeOf(ops, x).length),
  );
  const terms = operands.map((x, i) => onDiagonals(ops, equation, { x, labels: inputs[i] }));
  for (const term of terms) checkSizes(ops, equation, term, terms);
  let result = terms[0];
  for (let i = 1; i < terms.length; i++) {
    const later = new Set([...output, ...terms.slice(i + 1).flatMap(({ labels }) => labels)]);
    result = contract(ops, result, terms[i], later);
  }
  return arrange(ops, reduceTo(ops, result, new Set(output)), output);
}

/** `...` becomes labels of its own, as many as the operand has dimensions left. */
function parse(
  equation: string,
  ranks: readonly number[],
): { readonly inputs: readonly (readonly string[])[]; readonly output: readonly string[] } {
  const [left, right] = equation.replaceAll(' ', '').split('->');
  const words = left.split(',');
  if (words.length !== ranks.length) throw refuse(equation, `${words.length} operands`, `${ranks.length}`);
  let widest = 0;
  const inputs = words.map((word, i) => {
    const extra = ranks[i] - word.replace('...', '').length;
    if (extra < 0 || (extra > 0 && !word.includes('...')))
      throw refuse(equation, `operand ${i} to have ${word.length} dimensions`, `${ranks[i]}`);
    widest = Math.max(widest, word.includes('...') ? extra : 0);
    return spell(word, word.includes('...') ? extra : 0);
  });
  const output = right === undefined ? implicit(inputs) : spell(right, widest);
  return { inputs, output };
}

/** Aligned from the last dimension, so that they broadcast. */
function spell(word: string, ellipsis: number): string[] {
  const at = word.indexOf('...');
  if (at < 0) return [...word];
  const dots = Array.from({ length: ellipsis }, (_, i) => `.${ellipsis - 1 - i}`);
  return [...word.slice(0, at), ...dots, ...word.slice(at + 3)];
}

/** Without an arrow: what occurs once, in alphabetical order, after the ellipsis. */
function implicit(inputs: readonly (readonly string[])[]): string[] {
  const all = inputs.flat();
  const dots = [...new Set(all.filter((label) => label.startsWith('.')))].sort().reverse();
  const once = all.filter((label) => !label.startsWith('.') && all.filter((other) => other === label).length === 1);
  return [...dots, ...once.sort()];
}

/** A label that an operand has twice is its diagonal. */
function onDiagonals<T>(ops: Ops<T>, equation: string, { x, labels }: Term<T>): Term<T> {
  const second = labels.findIndex((label, i) => labels.indexOf(label) !== i);
  if (second < 0) return { x, labels };
  const first = labels.indexOf(labels[second]);
  const shape = shapeOf(ops, x);
  if (shape[first] !== shape[second])
    throw misfit('size', `einsum('${equation}') expects one size for \`${labels[first]}\``, shape, shape);
  const rest = labels.filter((_, i) => i !== first && i !== second);
  return onDiagonals(ops, equation, { x: diagonal(ops, x, 0, first, second), labels: [...rest, labels[first]] });
}

function checkSizes<T>(ops: Ops<T>, equation: string, term: Term<T>, terms: readonly Term<T>[]): void {
  for (const [i, label] of term.labels.entries())
    for (const other of terms) {
      const j = other.labels.indexOf(label);
      const [a, b] = [shapeOf(ops, term.x)[i], j < 0 ? undefined : shapeOf(ops, other.x)[j]];
      if (b !== undefined && a !== b)
        throw misfit(
          'size',
          `einsum('${equation}') expects one size for \`${label}\``,
          shapeOf(ops, term.x),
          shapeOf(ops, other.x),
        );
    }
}

function contract<T>(ops: Ops<T>, first: Term<T>, second: Term<T>, later: ReadonlySet<string>): Term<T> {
  const a = reduceTo(ops, first, new Set([...later, ...second.labels]));
  const b = reduceTo(ops, second, new Set([...later, ...first.labels]));
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => later.has(label));
  const summed = shared.filter((label) => !later.has(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const size = (term: Term<T>, labels: readonly string[]) =>
    labels.map((label) => shapeOf(ops, term.x)[term.labels.indexOf(label)]);
  const [B, R, K, C] = [size(a, batch), size(a, rows), size(a, summed), size(b, columns)];
  const left = ops.reshape(arrange(ops, a, [...batch, ...rows, ...summed]), [elements(B), elements(R), elements(K)]);
  const right = ops.reshape(arrange(ops, b, [...batch, ...summed, ...columns]), [
    elements(B),
    elements(K),
    elements(C),
  ]);
  return { x: ops.reshape(ops.matmul(left, right), [...B, ...R, ...C]), labels: [...batch, ...rows, ...columns] };
}

function reduceTo<T>(ops: Ops<T>, { x, labels }: Term<T>, kept: ReadonlySet<string>): Term<T> {
  const gone = labels.flatMap((label, i) => (kept.has(label) ? [] : [i]));
  if (gone.length === 0) return { x, labels };
  return { x: ops.sum(x, gone, false), labels: labels.filter((label) => kept.has(label)) };
}

function arrange<T>(ops: Ops<T>, { x, labels }: Term<T>, wanted: readonly string[]): T {
  const order = wanted.map((label) => labels.indexOf(label));
  if (order.includes(-1) || order.length !== labels.length)
    throw misfit('argument', 'einsum expects every label of its result in an operand', shapeText(order));
  return order.every((dim, i) => dim === i) ? x : ops.permute(x, order);
}

function refuse(equation: string, expected: string, found: string): UserError {
  return new UserError('shape/argument', `einsum('${equation}') expects ${expected}, and got ${found}.`);
}
