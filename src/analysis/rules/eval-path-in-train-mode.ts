import type { Fix, Related, Severity } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { looksLikeEvaluation } from '../../facts/knowledge.ts';
import type { Sensitivity } from '../../facts/layers.ts';
import { type EvaluationPass, enclosing } from '../../facts/loops.ts';
import { readAllSamplings } from '../../facts/samplings.ts';
import { insertBefore } from '../insertion.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL101',
  name: 'eval-path-in-train-mode',
  title: 'Validation or test pass runs the model in training mode',
  severity: 'warning',
  summary: 'An evaluation pass runs a model whose BatchNorm or Dropout is still in training mode.',
  page: 'rules/eval-path-in-train-mode.md',
  check(facts) {
    if (facts.modesAreManaged || facts.resetsStatistics) return [];
    return facts.loops.passes.flatMap((pass) => reportOf(pass, facts) ?? []);
  },
};

export default rule;

function reportOf(pass: EvaluationPass, facts: Facts): Report | null {
  const { sensitivity, mode } = pass;
  const known = sensitivity.batchNorm + sensitivity.dropout > 0;
  if (mode === 'evaluation' || mode === 'unknown' || !pass.isModule || meansIt(pass, facts)) return null;
  if (!known && LOSS.test(pass.receiver)) return null;
  if (!known && (!sensitivity.unknown || !pass.isOverData || mode === 'sometimes-training')) return null;
  return {
    span: { start: pass.call.start, end: pass.call.end },
    confidence: mode === 'training' && known ? 'definite' : 'may',
    severity: facts.isTest ? 'information' : severityOf(pass, known, facts),
    message: message(pass),
    related: related(pass),
    repairs: [fixes(pass, facts)],
  };
}

/** Of a model from elsewhere only its mode is known; what else the file does says how much that matters. */
function severityOf(pass: EvaluationPass, known: boolean, facts: Facts): Severity {
  const { mode, writesInside } = pass;
  if (mode !== 'training') return known || facts.modes.writesModes ? 'information' : 'hint';
  if (known || writesInside.length > 0 || facts.makesSensitiveLayers || saysTrain(pass, facts)) return 'warning';
  return facts.modes.writesModes ? 'information' : 'hint';
}

/** The function that evaluates is the one that calls `train()`, and it does nothing else with the module. */
function saysTrain({ call, writes, training, functionName }: EvaluationPass, { module }: Facts): boolean {
  if (!looksLikeEvaluation(functionName)) return false;
  const def = enclosing(module.body, call).findLast((statement) => statement.kind === 'function');
  const inside = (start: number) => def !== undefined && start >= def.start && start < def.end;
  return writes.some(({ start }) => inside(start)) && !(training && inside(training.call.start));
}

/** Monte Carlo dropout and its kin say so in a name. */
function meansIt({ call, receiver, functionName, writes }: EvaluationPass, facts: Facts): boolean {
  // torchvision's detectors compute their losses in training mode only.
  if (writes.length > 0 && call.args.length > 1 && DETECTION.test(facts.text)) return true;
  if (facts.of(readAllSamplings).some((sampling) => sampling.call === call)) return true;
  return /mc_?drop|monte_?carlo|dropout|uncertain|bayes|ensemble|calibrat|precise_?bn|update_?bn|recompute_?bn|warm_?up/i.test(
    `${functionName} ${receiver}`,
  );
}

/** A loss is a module too, and follows no mode. */
const LOSS = /(?:^|[._])(?:criterion|loss|loss_fn|loss_func|loss_function)$/i;
const DETECTION = /\bmodels\.detection\b/;

function message({ receiver, mode, sensitivity }: EvaluationPass): string {
  const effect = effectOf(sensitivity);
  const name = `\`${receiver}\``;
  if (mode === 'training') return `${name} is still in training mode here: ${effect}.`;
  if (mode === 'sometimes-training')
    return `${name} is in training mode here on some of the paths that lead here: ${effect}.`;
  return `${name} runs here in the same mode as in its training, because nothing in this file switches it: ${effect}.`;
}

function effectOf({ batchNorm, dropout, exact, unknown }: Sensitivity): string {
  const count = (n: number, layer: string) =>
    exact ? (n === 1 ? `its ${layer} layer` : `its ${n} ${layer} layers`) : `its ${layer} layers`;
  const one = (n: number) => exact && n === 1;
  const parts: string[] = [];
  if (batchNorm > 0)
    parts.push(
      one(batchNorm)
        ? `${count(1, 'BatchNorm')} normalizes with the statistics of this batch and keeps updating its running ones`
        : `${count(batchNorm, 'BatchNorm')} normalize with the statistics of this batch and keep updating their running ones`,
    );
  if (dropout > 0)
    parts.push(one(dropout) ? `${count(1, 'Dropout')} is active` : `${count(dropout, 'Dropout')} are active`);
  if (parts.length === 0 && unknown)
    return 'any BatchNorm in it uses and updates batch statistics, and any Dropout in it is active';
  return parts.join(', and ');
}

function related({ origin, writes, training }: EvaluationPass): readonly Related[] {
  const lines: Related[] = writes.map((span) => ({ span, message: 'It was put into training mode here.' }));
  if (lines.length === 0 && origin) lines.push({ span: origin, message: 'It was made here, in training mode.' });
  if (training)
    lines.push({ span: { start: training.call.start, end: training.call.end }, message: 'It is trained here.' });
  return lines;
}

/** From the edit that says least to the one that says all; the first that breaks nothing is offered. */
function fixes({ receiver, region, training, writesInside }: EvaluationPass, facts: Facts): readonly Fix[] {
  if (writesInside.length > 0) return [replaceTrain(receiver, writesInside, facts)];
  const evaluate = insertBefore(facts, region, `${receiver}.eval()`);
  if (!evaluate) return [];
  const candidates: Fix[] = [
    { title: `Insert \`${receiver}.eval()\` before the pass`, level: 'preferred', edits: [evaluate] },
  ];
  const train = training && insertBefore(facts, training.region, `${training.receiver}.train()`);
  if (train) {
    const edits = [evaluate, train].sort((a, b) => a.span.start - b.span.start);
    candidates.push({
      title: `Insert \`${receiver}.eval()\` before the pass and \`${training.receiver}.train()\` before training`,
      level: 'preferred',
      edits,
    });
  }
  return candidates;
}

function replaceTrain(receiver: string, calls: EvaluationPass['writesInside'], facts: Facts): Fix {
  const edits = calls.map((span) => ({
    span,
    newText: `${facts.text.slice(span.start, span.end).replace(/\.train\s*\([^)]*\)$/, '')}.eval()`,
  }));
  return { title: `Replace \`${receiver}.train()\` in the pass by \`${receiver}.eval()\``, level: 'unsafe', edits };
}
