// Numbers for people: three digits that matter, a true minus sign, and one way of saying each kind.

export type NumberKind = 'number' | 'percent' | 'log10' | 'count';

const MINUS = '−';

export function formatNumber(value: number | null | undefined, kind: NumberKind = 'number'): string {
  if (value === null || value === undefined) return '–';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+∞' : `${MINUS}∞`;
  switch (kind) {
    case 'percent':
      return `${signed(trimmed(value * 100, Math.abs(value) < 0.0995 && value !== 0 ? 1 : 0))} %`;
    case 'log10':
      return signed(value.toFixed(2));
    case 'count':
      return grouped(value);
    case 'number':
      return general(value);
    default:
      return kind satisfies never;
  }
}

/** A number and how far it may be off, to the same decimals: those of the first digit that is uncertain, or one
 * more where the number itself would vanish. */
export function formatWithin(value: number, half: number): string {
  if (!Number.isFinite(value) || !Number.isFinite(half) || half <= 0 || Math.abs(value) >= 1e5) {
    return `${formatNumber(value)} ± ${formatNumber(half)}`;
  }
  const uncertain = Math.max(0, -Math.floor(Math.log10(half)));
  const vanishes = value !== 0 && Math.abs(value) < 10 ** -uncertain;
  const decimals = Math.min(6, uncertain + (vanishes ? 1 : 0));
  return `${signed(value.toFixed(decimals))} ± ${half.toFixed(decimals)}`;
}

/** As short as an axis allows: `0.01`, `1e−5`, `12k`. */
export function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-3 || size >= 1e6) return signed(power(value));
  if (size >= 1e4) return signed(`${Number((value / 1e3).toPrecision(3))}k`);
  return signed(String(Number(value.toPrecision(3))));
}

/** `1 layer`, `3 layers`. */
export function plural(n: number, noun: string, many = `${noun}s`): string {
  return `${grouped(n)} ${n === 1 ? noun : many}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A path that keeps its end, which tells layers apart: `…1.0.bn1`. */
export function shortened(path: string, length: number): string {
  return path.length <= length ? path : `…${path.slice(path.length - length + 1)}`;
}

function general(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-3 || size >= 1e6) return signed(power(Number(value.toPrecision(3))));
  if (size >= 1000) return grouped(Math.round(value));
  return signed(String(Number(value.toPrecision(3))));
}

function grouped(value: number): string {
  const digits = String(Math.round(Math.abs(value)));
  // Four digits read well without a gap.
  const text = digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, '\u202f');
  return value < 0 ? MINUS + text : text;
}

function power(value: number): string {
  const [mantissa = '0', exponent = '0'] = value.toExponential(2).split('e');
  return `${Number(mantissa)}e${Number(exponent)}`;
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

function signed(text: string): string {
  return text.replaceAll('-', MINUS);
}
