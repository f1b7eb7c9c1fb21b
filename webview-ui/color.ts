// Colors as numbers: parsed from what a style sheet says, mixed where equal steps look equal (OKLab), and
// moved until they can be told from what is behind them.

/** Red, green, blue in 0…255. */
export type Rgb = readonly [number, number, number];

/** `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb(…)`, `rgba(…)`; alpha is laid over `behind`. null for anything else. */
export function parseColor(text: string, behind: Rgb = [0, 0, 0]): Rgb | null {
  const parsed = parseHex(text.trim()) ?? parseFunction(text.trim());
  if (!parsed) return null;
  const [r, g, b, alpha] = parsed;
  return [over(r, behind[0], alpha), over(g, behind[1], alpha), over(b, behind[2], alpha)];
}

export function cssColor([r, g, b]: Rgb, alpha = 1): string {
  const whole = `${Math.round(r)}, ${Math.round(g)}, ${Math.round(b)}`;
  return alpha === 1 ? `rgb(${whole})` : `rgba(${whole}, ${alpha})`;
}

/** `t` of the way from `a` to `b`. */
export function mix(a: Rgb, b: Rgb, t: number): Rgb {
  const from = toOklab(a);
  const to = toOklab(b);
  return fromOklab([from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t, from[2] + (to[2] - from[2]) * t]);
}

/** The WCAG contrast ratio, 1…21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** `color`, moved toward black or white until it stands `ratio` apart from `behind`. */
export function legible(color: Rgb, behind: Rgb, ratio: number): Rgb {
  const away: Rgb = luminance(behind) < 0.18 ? [255, 255, 255] : [0, 0, 0];
  for (let t = 0; t < 1; t += 0.05) {
    const candidate = mix(color, away, t);
    if (contrast(candidate, behind) >= ratio) return candidate;
  }
  return away;
}

function over(front: number, behind: number, alpha: number): number {
  return front * alpha + behind * (1 - alpha);
}

function parseHex(text: string): readonly [number, number, number, number] | null {
  const digits = /^#([0-9a-f]{3,8})$/i.exec(text)?.[1];
  if (!digits || digits.length === 5 || digits.length === 7) return null;
  const wide = digits.length <= 4 ? [...digits].map((d) => d + d).join('') : digits;
  const at = (i: number) => Number.parseInt(wide.slice(i, i + 2), 16);
  return [at(0), at(2), at(4), wide.length === 8 ? at(6) / 255 : 1];
}

function parseFunction(text: string): readonly [number, number, number, number] | null {
  const inner = /^rgba?\(([^)]*)\)$/i.exec(text)?.[1];
  if (!inner) return null;
  const parts = inner
    .split(/[\s,/]+/)
    .filter(Boolean)
    .map((part) => (part.endsWith('%') ? Number.parseFloat(part) / 100 : Number.parseFloat(part)));
  const [r, g, b, alpha = 1] = parts;
  if (r === undefined || g === undefined || b === undefined || parts.some(Number.isNaN)) return null;
  return [r, g, b, alpha];
}

function linear(channel: number): number {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

function encoded(value: number): number {
  const c = value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
  return Math.min(255, Math.max(0, c * 255));
}

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

// Björn Ottosson's OKLab; the matrices are part of its definition, https://bottosson.github.io/posts/oklab/.
function toOklab(color: Rgb): Rgb {
  const [r, g, b] = [linear(color[0]), linear(color[1]), linear(color[2])];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]: Rgb): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encoded(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
