// A file's facts → what it tells other files.

import type { Binding, Names } from '../python/names.ts';
import { statementsOf } from '../python/walk.ts';
import type { Facts } from './facts.ts';
import { readFrozenConstructors } from './frozen-constructors.ts';
import { readExits } from './modes.ts';
import type { ClassSummary, FileSummary, FunctionSummary } from './summary.ts';

export function summarize(facts: Facts): FileSummary {
  const freezing = new Set(facts.of(readFrozenConstructors).map(({ owner }) => owner.name));
  return {
    classes: classesOf(facts, freezing),
    functions: MATTERS.test(facts.text)
      ? Object.fromEntries([...readExits(facts)].map(([def, summary]) => [def.name, withFrozen(summary, freezing)]))
      : {},
    passedOn: passedOnBy(facts),
    stars: starsOf(facts),
  };
}

/** A function that neither switches a mode nor makes or runs a module tells others nothing. */
const MATTERS = /\.(?:train|eval)\(|no_grad|inference_mode|\bnn\.|\breturn\s+\w+\(|\bbackward\b/;

/** Those at the file's top: no other file names the rest. */
function classesOf({ classes, names }: Facts, freezing: ReadonlySet<string>): Readonly<Record<string, ClassSummary>> {
  const own = classes.all.filter(({ def }) => names.scopeOf(def).parent === names.module);
  return Object.fromEntries(
    own.map(({ name, isModule, isManaged, sensitivity }) => [
      name,
      { isModule, isManaged, sensitivity, freezesNorms: freezing.has(name) },
    ]),
  );
}

function withFrozen(summary: FunctionSummary, freezing: ReadonlySet<string>): FunctionSummary {
  const { makes } = summary;
  const freezes = makes !== null && makes.of.length > 0 && makes.of.every((name) => freezing.has(name));
  return freezes ? { ...summary, makes: { ...makes, freezesNorms: true } } : summary;
}

function passedOnBy({ names }: Facts): Readonly<Record<string, string>> {
  const passedOn: Record<string, string> = {};
  for (const [name, bindings] of names.module.bindings) {
    const target = targetOf(bindings, names);
    if (target && !/^(?:torch|builtins)\b/.test(target)) passedOn[name] = target;
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
