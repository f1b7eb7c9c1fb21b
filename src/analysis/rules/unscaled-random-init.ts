import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import type { InitWrite } from '../../facts/inits/initializers.ts';
import { type Chain, fansOf, type Link, readChains, spreadOf } from '../../facts/inits/layers.ts';
import { type RawWeight, readRawWeights } from '../../facts/raw-weights.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL505',
  name: 'unscaled-random-init',
  title: 'Random weights whose scale ignores the number of inputs',
  severity: 'warning',
  summary: 'Weights drawn with a fixed deviation let the signal grow or vanish from layer to layer.',
  page: 'rules/unscaled-random-init.md',
  check(facts) {
    if (facts.isTest) return [];
    const raw = facts.of(readRawWeights).flatMap((weight) => rawReport(weight, facts) ?? []);
    return [...raw, ...chainReports(facts)];
  },
};

export default rule;

/** A factor per layer that is worth telling of, and what it may come to. */
const FACTOR = 3;
const LIMIT = 1000;

function rawReport({ attribute, call, fan, fanIn, isPositive }: RawWeight, facts: Facts): Report | null {
  // A feature map of random frequencies is meant to be wide.
  if (/freq|fourier|rff|embed|token|query|queries|pos|codebook|proto|memory/i.test(attribute)) return null;
  const factor = fanIn === null ? null : Math.sqrt(fanIn) * (isPositive ? 0.5 * Math.sqrt(fanIn) : 1);
  // Of a size that is not known, only the weight of a linear layer is worth a word.
  if (
    factor === null
      ? !/in_?(?:features|channels|dim|size)|input/i.test(facts.text.slice(fan.start, fan.end))
      : factor <= FACTOR
  )
    return null;
  const written = facts.text.slice(fan.start, fan.end);
  const what = isPositive ? 'numbers between 0 and 1, none of them negative' : 'numbers of deviation 1';
  const effect =
    factor === null
      ? `with \`${written}\` inputs the outputs grow with ${isPositive ? 'their number' : 'the square root of it'}`
      : `with ${fanIn} inputs that multiplies the signal by ${round(factor)}`;
  return {
    span: { start: call.start, end: call.end },
    confidence: 'definite',
    ...(factor === null && { severity: 'information' as const }),
    message: `\`self.${attribute}\` is drawn from ${what}; ${effect}.`,
    related: [],
    repairs: [isPositive ? [] : scaled(call, written, fan, facts)],
  };
}

function scaled(
  call: RawWeight['call'],
  written: string,
  fan: RawWeight['fan'],
  { initPrefix }: Facts,
): readonly Fix[] {
  if (initPrefix === null) return [];
  const root = fan.kind === 'name' || fan.kind === 'number' || fan.kind === 'attribute' ? written : `(${written})`;
  const edits = [{ span: { start: call.end, end: call.end }, newText: ` / ${root} ** 0.5` }];
  return [{ title: `Divide by the square root of \`${written}\` (changes behavior)`, level: 'unsafe', edits }];
}

interface Weighed {
  readonly link: Link;
  readonly write: InitWrite;
  readonly std: number;
  readonly fan: number;
  readonly factor: number;
}

function chainReports(facts: Facts): readonly Report[] {
  const seen = new Set<number>();
  return facts.of(readChains).flatMap((chain) => {
    const report = chainReport(chain, facts);
    if (!report || seen.has(report.span.start)) return [];
    seen.add(report.span.start);
    return [report];
  });
}

function chainReport({ links }: Chain, facts: Facts): Report | null {
  const weighed = links.flatMap((link) => weigh(link, facts) ?? []);
  const positive = weighed.find(({ write }) => (spreadOf(write, facts)?.mean ?? 0) > 0 && write.how === 'uniform_');
  const total = weighed.reduce((product, { factor }) => product * factor, 1);
  const [worst] = [...weighed].sort((a, b) => Math.abs(Math.log(b.factor)) - Math.abs(Math.log(a.factor)));
  if (positive)
    return reportOf(positive, weighed, facts, 'none of the weights is negative, so every unit sees much the same sum');
  if (!worst || weighed.length < 3 || (total <= LIMIT && total >= 1 / LIMIT)) return null;
  if (worst.factor <= FACTOR && worst.factor >= 1 / FACTOR) return null;
  return reportOf(
    worst,
    weighed,
    facts,
    `through ${weighed.length} layers without a norm it comes to ${exponent(total)}`,
  );
}

/** What a layer does to the deviation of its input: `std * sqrt(fan_in)`, and half the square of it behind a rectifier. */
function weigh(link: Link, facts: Facts): Weighed | null {
  const { write, module, activation } = link;
  const spread = write && spreadOf(write, facts);
  const fan = fansOf(module).in;
  if (!write || !spread || fan === null || module.wrapped) return null;
  const isPositive = write.how === 'uniform_' && spread.mean > 0;
  if (spread.mean !== 0 && !isPositive) return null;
  const kept = activation !== null && /relu|elu|silu|mish/.test(activation) ? 0.5 : 1;
  const { std } = spread;
  return { link, write, std, fan, factor: std * Math.sqrt(fan * kept) };
}

function reportOf(
  { link, write, std, fan, factor }: Weighed,
  weighed: readonly Weighed[],
  facts: Facts,
  effect: string,
): Report {
  const { start, end } = write.call;
  const layers = weighed.filter((item) => item.write.call === write.call).map((item) => item.link.module.call);
  return {
    span: { start, end },
    confidence: 'definite',
    message: `Weights of deviation ${round(std)} over ${fan} inputs multiply the signal by ${round(factor)}; ${effect}.`,
    related: layers
      .slice(0, 3)
      .map((call) => ({ span: { start: call.start, end: call.end }, message: 'It is drawn for this layer.' })),
    repairs: [kaiming(write, link.activation, facts)],
  };
}

/** By what follows the layer. */
function nonlinearity(activation: string | null): string {
  if (activation === null) return 'linear';
  return /^(?:tanh|sigmoid|selu)$/.test(activation) ? activation : 'relu';
}

function kaiming(
  { call, holder, attribute, isMethod }: InitWrite,
  activation: string | null,
  facts: Facts,
): readonly Fix[] {
  if (facts.initPrefix === null || isMethod) return [];
  const target = `${facts.text.slice(holder.start, holder.end)}.${attribute}`;
  const newText = `${facts.initPrefix}.kaiming_normal_(${target}, nonlinearity='${nonlinearity(activation)}')`;
  return [
    {
      title: `Draw \`${target}\` with \`kaiming_normal_\` (changes behavior)`,
      level: 'unsafe',
      edits: [{ span: { start: call.start, end: call.end }, newText }],
    },
  ];
}

function round(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}

function exponent(value: number): string {
  return value.toExponential(0).replace('e+', 'e');
}
