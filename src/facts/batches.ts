// Which batch size feeds which BatchNorm while it is trained: from the paths, or, in a LightningModule's
// file, from its train_dataloader().

import type { Span } from '../base/finding.ts';
import { bindNames } from '../python/arguments.ts';
import type { Names } from '../python/names.ts';
import type { Call, Statement } from '../python/tree.ts';
import type { Values } from '../python/values.ts';
import { ownExpressions, statementsOf, visitExpression } from '../python/walk.ts';
import { isBatchNorm, signatureOf } from './knowledge.ts';
import type { LayerFact } from './layers.ts';
import type { Loops, Training } from './loops.ts';
import type { Modes } from './modes/modes.ts';
import type { Classes, ClassFact } from './modules.ts';

export interface SmallBatch {
  readonly size: number;
  /** The argument that says it. */
  readonly span: Span;
  /** A command line may say otherwise. */
  readonly isDefault: boolean;
  /** BatchNorm layers of the trained model that the file shows. */
  readonly norms: readonly LayerFact[];
  /** False: the model has BatchNorm, and its layers are a library's. */
  readonly seesLayers: boolean;
  readonly training: Span | null;
}

interface Source {
  readonly names: Names;
  readonly values: Values;
  readonly classes: Classes;
  readonly modes: Modes;
  readonly loops: Loops;
}

/** One for each loader, of those whose batch size is known and whose model has BatchNorm. */
export function readBatches(source: Source): readonly SmallBatch[] {
  const found = new Map<number, SmallBatch>();
  for (const batch of [
    ...source.loops.trainings.flatMap((training) => ofTraining(training, source) ?? []),
    ...managedBatches(source),
  ])
    if (!found.has(batch.span.start)) found.set(batch.span.start, batch);
  return [...found.values()];
}

function ofTraining(training: Training, { modes, classes }: Source): SmallBatch | null {
  const { loader, call } = training;
  if (
    !loader ||
    loader.batchSize === null ||
    !loader.batchSpan ||
    training.inEval ||
    training.sensitivity.batchNorm === 0
  )
    return null;
  const fact = modes.objects.get(training.place)?.fact ?? null;
  const norms = fact ? normsOf(fact, classes, new Set()) : training.layers.filter((layer) => isBatchNorm(layer.type));
  return {
    size: loader.batchSize,
    span: loader.batchSpan,
    isDefault: loader.isDefault,
    norms,
    seesLayers: norms.length > 0,
    training: { start: call.start, end: call.end },
  };
}

/** Of the class, its bases, and the classes of this file it is made of. */
function normsOf(fact: ClassFact, classes: Classes, seen: Set<ClassFact>): readonly LayerFact[] {
  if (seen.has(fact)) return [];
  seen.add(fact);
  const own = fact.layers.filter((layer) => isBatchNorm(layer.type));
  const parts = fact.layers.flatMap((layer) => classes.all.filter((other) => other.name === layer.type));
  return [...own, ...[...fact.bases, ...parts].flatMap((other) => normsOf(other, classes, seen))];
}

/** A framework trains one module of the file with what train_dataloader() returns. */
function managedBatches({ names, values, classes }: Source): readonly SmallBatch[] {
  const modules = classes.all.filter((fact) => fact.isManaged && fact.isModule && fact.sensitivity.batchNorm > 0);
  if (modules.length === 0) return [];
  return classes.all.flatMap((fact) => {
    const method = fact.isManaged ? fact.methods.get('train_dataloader') : undefined;
    const scope = method && names.scopeOf(method);
    if (!method || !scope) return [];
    return callsIn(method.body).flatMap((call): SmallBatch[] => {
      if (names.resolve(call.callee, scope) !== 'torch.utils.data.DataLoader') return [];
      const batch = bindNames(call, signatureOf('torch.utils.data.DataLoader')).values.get('batch_size');
      const known = batch && values.fold(batch, scope);
      const argument = call.args.find((item) => item.value === batch);
      if (typeof known?.value !== 'number' || !argument) return [];
      const norms = modules.flatMap((one) => normsOf(one, classes, new Set()));
      const span = { start: argument.start, end: argument.end };
      return [
        { size: known.value, span, isDefault: known.isDefault, norms, seesLayers: norms.length > 0, training: null },
      ];
    });
  });
}

function callsIn(body: readonly Statement[]): readonly Call[] {
  const calls: Call[] = [];
  for (const statement of statementsOf(body))
    for (const own of ownExpressions(statement))
      visitExpression(own, (part) => part.kind === 'call' && calls.push(part));
  return calls;
}
