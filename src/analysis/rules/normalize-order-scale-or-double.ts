import type { Fix, Severity } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type Pipeline, type PipelineStep, type Range, rangeAfter, readPipelines } from '../../facts/pipelines.ts';
import { withoutItem } from '../layer-edits.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL603',
  name: 'normalize-order-scale-or-double',
  title: 'Normalize in the wrong place, range or number',
  severity: 'warning',
  summary: 'Normalize stands before the conversion to a tensor, has constants of another range, or is applied twice.',
  page: 'rules/normalize-order-scale-or-double.md',
  check(facts) {
    if (facts.isTest) return [];
    return facts.of(readPipelines).flatMap((pipeline) => reportOf(pipeline, facts) ?? []);
  },
};

export default rule;

interface Fault {
  readonly step: PipelineStep;
  readonly says: string;
  readonly severity?: Severity;
  readonly fixes: readonly Fix[];
}

/** The first fault: what follows it is its consequence. */
function reportOf(pipeline: Pipeline, facts: Facts): Report | null {
  let range: Range = 'image';
  let gray = false;
  for (const step of pipeline.steps) {
    const fault = faultOf(step, range, gray, pipeline, facts);
    if (fault) {
      const { start, end } = fault.step.item;
      return {
        span: { start, end },
        confidence: 'definite',
        ...(fault.severity && { severity: fault.severity }),
        message: `${fault.says}.`,
        related: [],
        repairs: [fault.fixes],
      };
    }
    range = rangeAfter(step.kind, range);
    if (step.kind === 'gray') gray = true;
    if (step.kind === 'unknown') gray = false;
  }
  return null;
}

function faultOf(step: PipelineStep, range: Range, gray: boolean, pipeline: Pipeline, facts: Facts): Fault | null {
  if (step.kind === 'divide') {
    if (range !== 'unit' && range !== 'normalized') return null;
    return {
      step,
      says: 'The numbers are divided by 255 a second time: `ToTensor` has done it',
      fixes: removal(step, pipeline, facts),
    };
  }
  if (step.kind !== 'normalize') return null;
  const { mean } = step;
  const isWide = mean !== null && Math.max(...mean) > 2;
  const isUnit = mean !== null && Math.max(...mean) <= 1 && Math.max(...mean) > 0;
  if (range === 'image' && pipeline.steps.some(({ kind }) => kind === 'to-unit'))
    return {
      step,
      severity: 'error',
      says: '`Normalize` stands before the conversion to a tensor, and raises an error for an image',
      fixes: moved(step, pipeline, facts),
    };
  if (range === 'normalized')
    return { step, says: 'The image is normalized a second time', fixes: removal(step, pipeline, facts) };
  if (range === 'unit' && isWide)
    return {
      step,
      says: `The mean, up to ${Math.max(...(mean ?? []))}, is of numbers up to 255, and these are between 0 and 1`,
      fixes: [],
    };
  if (range === 'wide' && isUnit)
    return {
      step,
      says: 'The mean is of numbers between 0 and 1, and these go up to 255: `ToDtype` scales only with `scale=True`',
      fixes: [],
    };
  if (gray && range === 'unit' && mean?.length === 3)
    return {
      step,
      severity: 'error',
      says: 'The constants are of three channels, and the image has one: this raises an error',
      fixes: [],
    };
  return null;
}

function removal({ item }: PipelineStep, { list }: Pipeline, facts: Facts): readonly Fix[] {
  const edit = withoutItem(item, list.items, facts);
  return edit ? [{ title: 'Leave it out (changes behavior)', level: 'unsafe', edits: [edit] }] : [];
}

/** Behind the step that makes the tensor. */
function moved({ item }: PipelineStep, { list, steps }: Pipeline, facts: Facts): readonly Fix[] {
  const target = steps.find(({ kind }) => kind === 'to-unit')?.item;
  const removed = withoutItem(item, list.items, facts);
  if (!target || !removed || target.start < item.start) return [];
  const text = facts.text.slice(item.start, item.end);
  const between = facts.text.slice(removed.span.start + text.length, removed.span.end);
  const edits = [removed, { span: { start: target.end, end: target.end }, newText: `${between}${text}` }];
  return [{ title: 'Move it behind the conversion', level: 'preferred', edits }];
}
