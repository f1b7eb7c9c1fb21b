// A file's facts → what it tells other files.

import type { Binding, Names } from '../python/names.ts';
import type { ClassDef, FunctionDef } from '../python/tree.ts';
import { statementsOf } from '../python/walk.ts';
import type { Facts } from './facts.ts';
import { readFrozenConstructors } from './frozen-constructors.ts';
import { exitReader } from './modes/modes.ts';
import { readClass } from './modules.ts';
import type { ClassSummary, FileOutline, FunctionSummary } from './summary.ts';

export function outlineOf(facts: Facts): FileOutline {
  return {
    classes: new Set(facts.of(classDefs).keys()),
    functions: new Set(facts.of(functionDefs).keys()),
    passedOn: passedOnBy(facts),
    stars: starsOf(facts),
  };
}

/** A function that neither switches a mode nor makes or runs a module tells others nothing. */
const MATTERS = /\.(?:train|eval)\(|no_grad|inference_mode|\bnn\.|\breturn\s+\w+\(|\bbackward\b/;

/** Those at the file's top: no other file names the rest. */
function classDefs({ module, names }: Facts): ReadonlyMap<string, ClassDef> {
  const own = statementsOf(module.body).filter((one) => one.kind === 'class');
  return new Map(own.filter((def) => names.scopeOf(def).parent === names.module).map((def) => [def.name, def]));
}

function functionDefs({ module, text }: Facts): ReadonlyMap<string, FunctionDef> {
  if (!MATTERS.test(text)) return new Map();
  return new Map(module.body.filter((one) => one.kind === 'function').map((def) => [def.name, def]));
}

export function classSummary(facts: Facts, own: string): ClassSummary | null {
  const def = facts.of(classDefs).get(own);
  const fact = def && readClass(def, facts.names, facts.values, facts.neighbors);
  if (!fact) return null;
  const { isModule, isManaged, sensitivity } = fact;
  return { isModule, isManaged, sensitivity, freezesNorms: facts.of(freezing).has(own) };
}

export function functionSummary(facts: Facts, own: string): FunctionSummary | null {
  const def = facts.of(functionDefs).get(own);
  const summary = def ? facts.of(exitReader)(def) : null;
  return summary && withFrozen(summary, facts.of(freezing));
}

function freezing(facts: Facts): ReadonlySet<string> {
  return new Set(facts.of(readFrozenConstructors).map(({ owner }) => owner.name));
}

function withFrozen(summary: FunctionSummary, freezing: ReadonlySet<string>): FunctionSummary {
  const { makes } = summary;
  const freezes = makes !== null && makes.of.length > 0 && makes.of.every((name) => freezing.has(name));
  return freezes ? { ...summary, makes: { ...makes, freezesNorms: true } } : summary;
}

function passedOnBy({ names }: Facts): ReadonlyMap<string, string> {
  const passedOn = new Map<string, string>();
  for (const [name, bindings] of names.module.bindings) {
    const target = targetOf(bindings, names);
    if (target && !/^(?:torch|builtins)\b/.test(target)) passedOn.set(name, target);
  }
  return passedOn;
}

/** Of a fallback, `try: from a import X / except: from b import X`, the first counts; `Net = models.ResNet` is another name. */
function targetOf(bindings: readonly Binding[], names: Names): string | null {
  const [only, ...others] = bindings;
  const imports = bindings.flatMap((binding) => (binding.kind === 'import' ? [binding.target] : []));
  if (imports.length === bindings.length) return imports[0] ?? null;
  if (only?.kind !== 'assign' || others.length > 0) return null;
  const isName = only.value.kind === 'name' || only.value.kind === 'attribute';
  return isName ? names.resolve(only.value, names.module) : null;
}

function starsOf({ module }: Facts): readonly string[] {
  return statementsOf(module.body).flatMap((statement) =>
    statement.kind === 'importFrom' && statement.names.some(({ name }) => name === '*') ? [statement.module] : [],
  );
}
