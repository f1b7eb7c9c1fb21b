// Methods that need each sample's output to depend on that sample alone, and models with BatchNorm given to
// them: a gradient penalty on a critic, Opacus's per-sample gradients.

import type { Call, Expression } from '../python/tree.ts';
import { ownExpressions, statementsOf, visitExpression } from '../python/walk.ts';
import type { CallFact, StatementFact } from './calls.ts';
import type { Facts } from './facts.ts';
import { readNorms } from './graphs/queries.ts';
import { layersWithin } from './inits/layers.ts';
import { isBatchNorm } from './knowledge.ts';
import type { LayerFact } from './layers.ts';
import type { ClassFact } from './modules.ts';

export interface Coupling {
  readonly method: 'penalty' | 'private';
  readonly call: Call;
  /** The model, as the code spells it. */
  readonly model: string;
  readonly norms: readonly MadeLayer[];
}

type MadeLayer = Pick<LayerFact, 'type' | 'call'>;

export function readCouplings(facts: Facts): readonly Coupling[] {
  if (!/BatchNorm/.test(facts.text)) return [];
  return [...penalties(facts), ...privacy(facts)];
}

/** `autograd.grad(outputs=D(x), inputs=x, create_graph=True)` and `norm(…) - 1` in one function. */
function penalties(facts: Facts): readonly Coupling[] {
  if (!/create_graph\s*=\s*True/.test(facts.text)) return [];
  return facts.places.calls.flatMap((place): Coupling[] => {
    const { name, call, def } = place;
    if (name !== 'torch.autograd.grad' || !def || !hasPenalty(facts.text.slice(def.start, def.end))) return [];
    const graph = call.args.find((argument) => argument.name === 'create_graph')?.value;
    const outputs = call.args.find((argument) => argument.name === 'outputs')?.value ?? call.args[0]?.value;
    if (graph?.kind !== 'constant' || graph.value !== true || !outputs) return [];
    const made = callBehind(outputs, place);
    if (!made) return [];
    const fact = classOf(made.callee, place, facts);
    const norms = fact ? normsOf(fact, facts) : [];
    const model = facts.text.slice(made.callee.start, made.callee.end);
    return norms.length > 0 ? [{ method: 'penalty', call, model, norms }] : [];
  });
}

/** `D(x)` of `D(x).sum()`, or of the name that holds it. */
function callBehind(outputs: Expression, place: StatementFact): Call | null {
  if (outputs.kind === 'name') return callThatGives(outputs.id, place);
  if (outputs.kind !== 'call') return null;
  const { callee } = outputs;
  const isReduced = callee.kind === 'attribute' && /^(?:sum|mean|squeeze|view|reshape|flatten)$/.test(callee.name);
  return isReduced ? callBehind(callee.object, place) : outputs;
}

function hasPenalty(text: string): boolean {
  return /(?:norm\([^\n]*|norms?|grad_norm\w*)\s*-\s*(?:1\b|[a-z_.]*(?:k|center|one|target|gamma)\b)/i.test(text);
}

/** The last assignment of a name in the function. */
function callThatGives(name: string, { def }: StatementFact): Call | null {
  const calls = [...statementsOf(def?.body ?? [])].flatMap((statement): Call[] => {
    if (statement.kind !== 'assign' || statement.value?.kind !== 'call') return [];
    const [target] = statement.targets;
    const first = target?.kind === 'sequence' ? target.items : [target];
    return first.some((item) => item?.kind === 'name' && item.id === name) ? [statement.value] : [];
  });
  return calls.at(-1) ?? null;
}

/** Of a module by its name; of a parameter, by what the file's calls of the function give. */
function classOf(callee: Expression, place: StatementFact, facts: Facts): ClassFact | null {
  const known = facts.receivers.of(callee, place)?.fact;
  if (known) return known;
  const { def } = place;
  const at = callee.kind === 'name' ? (def?.params.findIndex((param) => param.name === callee.id) ?? -1) : -1;
  if (!def || at === -1 || callee.kind !== 'name') return null;
  const given = new Set<ClassFact | null>();
  for (const other of facts.places.statements)
    for (const own of ownExpressions(other.statement))
      visitExpression(own, (part) => {
        if (part.kind !== 'call' || facts.names.definition(part.callee, other.scope) !== def) return;
        const argument = part.args.find((item) => item.name === callee.id) ?? part.args[at];
        given.add(argument ? (facts.receivers.of(argument.value, other)?.fact ?? null) : null);
      });
  const [only] = given;
  return given.size === 1 ? (only ?? null) : null;
}

/** Those its forward() uses, and those its constructor makes. */
function normsOf(fact: ClassFact, facts: Facts): readonly MadeLayer[] {
  const used = facts.of(readNorms).flatMap(({ graph, module }) => (graph.fact === fact ? [module] : []));
  const made = [...used, ...layersWithin(fact, facts)].filter(({ type }) => isBatchNorm(type));
  return made.filter(({ call }, i) => made.findIndex((other) => other.call === call) === i);
}

/** `PrivacyEngine().make_private(module=net, …)`, with nothing that replaces the norms before. */
function privacy(facts: Facts): readonly Coupling[] {
  if (
    !facts.names.imports.some((name) => /^opacus\b/.test(name)) ||
    /ModuleValidator|convert_batchnorm|BatchNorm.*GroupNorm/.test(facts.text)
  )
    return [];
  return facts.places.statements.flatMap((place) => {
    const found: Coupling[] = [];
    for (const own of ownExpressions(place.statement))
      visitExpression(own, (part) => {
        const coupling = part.kind === 'call' ? privateCall(part, place, facts) : null;
        if (coupling) found.push(coupling);
      });
    return found;
  });
}

function privateCall(call: Call, place: StatementFact | CallFact, facts: Facts): Coupling | null {
  if (call.callee.kind !== 'attribute' || !/^make_private(?:_with_epsilon)?$/.test(call.callee.name)) return null;
  const module =
    call.args.find((argument) => argument.name === 'module')?.value ??
    call.args.find(({ name }) => name === null)?.value;
  const fact = module && facts.receivers.of(module, place)?.fact;
  const norms = fact ? normsOf(fact, facts) : [];
  return module && norms.length > 0
    ? { method: 'private', call, model: facts.text.slice(module.start, module.end), norms }
    : null;
}
