// What is saved of a model or taken over into it without its buffers: the parameters alone, or a state_dict
// from which the running statistics are filtered out.

import type { Comprehension, Expression } from '../python/tree.ts';
import { visitExpression } from '../python/walk.ts';
import type { CallFact, StatementFact } from './calls.ts';
import type { Facts } from './facts.ts';

export interface LostBuffers {
  readonly kind: 'saved-parameters' | 'filtered';
  /** `dict(net.named_parameters())`, or the comprehension. */
  readonly value: Expression;
  /** Of the parameters: what they are of. */
  readonly module: Expression | null;
  readonly receiver: string;
}

/** Federated learning keeps statistics at home, adapters save what they trained. */
const METHOD = /\bfed(?:bn|avg|erated)?\b|\bfederated\b|\blora\b|\badapter|\bpeft\b/i;

export function readLostBuffers(facts: Facts): readonly LostBuffers[] {
  const { text } = facts;
  const isWorthIt = /\bnamed_parameters\(\)/.test(text) ? /\.save\(/.test(text) : /running_(?:mean|var)/.test(text);
  if (!isWorthIt || METHOD.test(text) || METHOD.test(facts.path) || /\.(?:named_)?buffers\(/.test(text)) return [];
  return [...ofSaves(facts), ...ofFilters(facts)];
}

/** `torch.save(dict(net.named_parameters()), path)`, of a model that has BatchNorm for certain. */
function ofSaves(facts: Facts): readonly LostBuffers[] {
  return facts.places.calls.flatMap((place): LostBuffers[] => {
    const value = place.call.args[0]?.value;
    if (place.name !== 'torch.save' || !value) return [];
    const written = assigned(value, place, facts);
    const source = written && parametersIn(written);
    const module = source && facts.receivers.of(source, place);
    if (!source || !module || module.sensitivity.batchNorm === 0) return [];
    const receiver = facts.text.slice(source.start, source.end);
    return [{ kind: 'saved-parameters', value: written, module: source, receiver }];
  });
}

/** What a name was assigned, where that is once. */
function assigned(value: Expression, { scope }: StatementFact, { names }: Facts): Expression | null {
  if (value.kind !== 'name') return value;
  const [only, ...more] = names.lookup(value.id, scope);
  return only?.kind === 'assign' && more.length === 0 ? only.value : null;
}

/** The module of `dict(m.named_parameters())` and `{n: p for n, p in m.named_parameters()}`. */
function parametersIn(value: Expression): Expression | null {
  if (value.kind === 'comprehension' && value.type === 'dict' && value.tests.length === 0 && value.clauses.length === 1)
    return named(value.clauses[0]?.iterable);
  const isDict = value.kind === 'call' && value.callee.kind === 'name' && value.callee.id === 'dict';
  return isDict && value.args.length === 1 ? named(value.args[0]?.value) : null;
}

function named(call: Expression | undefined): Expression | null {
  const isIt = call?.kind === 'call' && call.callee.kind === 'attribute' && call.callee.name === 'named_parameters';
  return isIt && call.callee.kind === 'attribute' ? call.callee.object : null;
}

/** `{k: v for k, v in state.items() if 'running_mean' not in k}`, loaded or saved. */
function ofFilters(facts: Facts): readonly LostBuffers[] {
  const { text } = facts;
  if (!/running_(?:mean|var)['"]\s+not\s+in|not\s+in\s.*running_|running_(?:mean|var)['"]\s+in\b/.test(text)) return [];
  const found: LostBuffers[] = [];
  for (const place of facts.places.calls)
    if (takesState(place))
      for (const { value } of place.call.args.slice(0, 1)) {
        const written = assigned(value, place, facts);
        const filter = written && filterIn(written, text);
        if (filter && !found.some((one) => one.value === filter))
          found.push({ kind: 'filtered', value: filter, module: null, receiver: '' });
      }
  return found;
}

function takesState({ name }: CallFact): boolean {
  return name === 'torch.save';
}

function filterIn(value: Expression, text: string): Comprehension | null {
  let found: Comprehension | null = null;
  visitExpression(value, (part) => {
    if (part.kind !== 'comprehension' || part.type !== 'dict') return;
    const tests = part.tests.map(({ start, end }) => text.slice(start, end)).join(' ');
    if (/running_(?:mean|var)['"]\s+not\s+in\b/.test(tests)) found = part;
  });
  return found;
}
