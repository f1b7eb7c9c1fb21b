// Convolution over three spatial dimensions; fewer are leading dimensions of size 1. x is (N, Cin, D, H, W),
// w is (Cout, Cin / groups, KD, KH, KW), y is (N, Cout, OD, OH, OW). The transposed convolution is
// `conv_grad_input` with x and y in each other's place.
//
//   y[n, o, p] = bias[o] + Σ x[n, i, p · stride − padding + k · dilation] w[o, i, k]
//
// The fast kernels fill a window's row up to whole vectors with weights of 0, and Winograd's tiles share their inputs: a
// NaN or an infinity reaches a few outputs beside those of the formula there. Finite numbers do not.

import { address, int, type KernelArgs, kernel } from './kernel.ts';

const geometry = {
  n: int,
  ci: int,
  id: int,
  ih: int,
  iw: int,
  co: int,
  od: int,
  oh: int,
  ow: int,
  kd: int,
  kh: int,
  kw: int,
  sd: int,
  sh: int,
  sw: int,
  pd: int,
  ph: int,
  pw: int,
  dd: int,
  dh: int,
  dw: int,
  groups: int,
  /** How the fast kernel works and cuts its work; see convPlan. */
  method: int,
  columns: int,
  samples: int,
} as const;
type Geometry = KernelArgs<typeof geometry>;

type Sizes = Omit<Geometry, 'method' | 'columns' | 'samples'>;

/** The fast kernels' methods. */
const CHANNELS_LAST = 0;
export const WINOGRAD = 1;
const DEPTHWISE = 2;
const FEW = 3;

/** Places that are made at once, so that products are not thin. */
const PLACES = 192;
/** Elements between the transforms: what a second-level cache holds. */
const PIECE = 163840;

interface ConvPlan extends Pick<Geometry, 'method' | 'columns' | 'samples'> {
  readonly scratch: number;
  /** Elements of the weights as conv_pack arranges them, for the convolution and for the gradient at its input. */
  readonly packed: number;
  readonly packedToInput: number;
}

/** How the fast kernels make a convolution and its gradients, and the memory that takes. */
export function convPlan(g: Sizes): ConvPlan {
  if (g.groups === g.ci && g.groups === g.co && g.groups > 1) return depthwisePlan(g);
  if (suitsWinograd(g)) return winogradPlan(g);
  return hasFewChannels(g) ? fewPlan(g) : channelsLastPlan(g);
}

/** `samples` images at a time, in pieces of about the same number. Scratch memory is what conv.ts takes of it. */
function channelsLastPlan(g: Sizes) {
  const inputs = g.ci / g.groups;
  const outputs = g.co / g.groups;
  const kernel = g.kd * g.kh * g.kw;
  const places = g.od * g.oh * g.ow;
  const pixels = g.id * g.ih * g.iw;
  const most = Math.max(1, Math.min(g.n, Math.ceil(PLACES / Math.max(1, places))));
  const samples = Math.max(1, Math.ceil(g.n / Math.max(1, Math.ceil(g.n / most))));
  const before = bordered(g);
  const met = (i: number, o: number, [s, p, k, d]: readonly [number, number, number, number]) =>
    Math.floor(((k - 1) * d) / s) + Math.max(o, Math.floor((i - 1 + p) / s) + 1);
  const after =
    met(g.id, g.od, [g.sd, g.pd, g.kd, g.dd]) *
    met(g.ih, g.oh, [g.sh, g.ph, g.kh, g.dh]) *
    met(g.iw, g.ow, [g.sw, g.pw, g.kw, g.dw]);
  const rows = (count: number, channels: number) => (samples * count + 6) * (2 + roundUp(channels, 8));
  const forward = samples * before * inputs + rows(places, outputs);
  const atInput = samples * after * outputs + rows(pixels, inputs);
  const sums = kernel * roundUp(outputs, 12) * roundUp(inputs, 8);
  const atWeights = samples * before * inputs + (samples * places + 2) * (1 + outputs + 4 + 8) + sums;
  // Each part is rounded up, and read past its end by less than a vector.
  const scratch = Math.max(forward, atInput, atWeights) + kernel * (inputs + outputs + 8) + 32 * 8;
  return {
    method: CHANNELS_LAST,
    columns: 0,
    samples,
    scratch: roundUp(scratch, 16),
    packed: g.groups * roundUp(outputs, 8) * roundUp(inputs, 4) * kernel,
    packedToInput: g.groups * roundUp(inputs, 8) * roundUp(outputs, 4) * kernel,
  };
}

/** Pixels of x with its border, as far as the windows reach. */
function bordered(g: Sizes): number {
  const seen = (o: number, s: number, k: number, d: number) => (o - 1) * s + (k - 1) * d + 1;
  return (
    Math.max(g.pd + g.id, seen(g.od, g.sd, g.kd, g.dd)) *
    Math.max(g.ph + g.ih, seen(g.oh, g.sh, g.kh, g.dh)) *
    Math.max(g.pw + g.iw, seen(g.ow, g.sw, g.kw, g.dw))
  );
}

/** Too few channels to fill a vector, and rows of pixels that do. */
function hasFewChannels(g: Sizes): boolean {
  const flat = [g.kd, g.sd, g.sh, g.sw, g.groups].every((size) => size === 1) && g.id === 1 && g.pd === 0;
  return flat && g.ci <= 4 && g.ow >= 8 && g.kh * g.kw > 1 && g.kh * g.kw <= 49;
}

/** One image at a time with channels first; the gradient at the input with channels last. */
function fewPlan(g: Sizes): ConvPlan {
  const plan = channelsLastPlan(g);
  const taps = g.ci * g.kh * g.kw + 1;
  const width = Math.max(g.pw + g.iw, g.ow + (g.kw - 1) * g.dw);
  const image = g.ci * width * Math.max(g.ph + g.ih, g.oh + (g.kh - 1) * g.dh);
  const forward = image + taps + 8 * (g.co + 4) + 48;
  const atWeights = image + g.co * (g.oh * width + 4) + taps + 4 * (g.co + 2) * (taps + 2);
  const scratch = roundUp(Math.max(plan.scratch, forward + 32 * 8, atWeights + 32 * 8), 16);
  return { ...plan, method: FEW, scratch, packed: taps * (g.co + 4) };
}

/** One image of four channels at a time. */
function depthwisePlan(g: Sizes): ConvPlan {
  const kernel = g.kd * g.kh * g.kw;
  const places = g.od * g.oh * g.ow;
  const packed = roundUp(g.ci, 4) * kernel;
  const scratch = 4 * bordered(g) + 5 * places + kernel + g.id * g.ih * g.iw + 32 * 8;
  const memory = { scratch: roundUp(scratch, 16), packed, packedToInput: packed };
  return { method: DEPTHWISE, columns: 0, samples: 1, ...memory };
}

/** 3×3 with stride 1, channels enough for the products to outweigh the transforms, and tiles of 4×4 well filled. */
function suitsWinograd(g: Sizes): boolean {
  const plain =
    [g.kd, g.kh, g.kw, g.sd, g.sh, g.sw, g.dd, g.dh, g.dw].join() === '1,3,3,1,1,1,1,1,1' && g.id === 1 && g.pd === 0;
  const filled = (h: number, w: number) => Math.min(h, w) >= 4 && h * w >= 0.4 * roundUp(h, 4) * roundUp(w, 4);
  const wide = Math.min(g.ci, g.co) / g.groups >= 8;
  return plain && Math.max(g.ph, g.pw) <= 2 && wide && filled(g.ih, g.iw) && filled(g.oh, g.ow);
}

/** `columns` rows of tiles, of about `samples` images, are transformed at once. */
function winogradPlan(g: Sizes): ConvPlan {
  const tilesX = Math.ceil(Math.max(g.iw, g.ow) / 4);
  const tilesY = Math.ceil(Math.max(g.ih, g.oh) / 4);
  const [ci, co] = [g.ci / g.groups, g.co / g.groups];
  const inputs = roundUp(ci, 8);
  const outputs = roundUp(co, 12);
  const fitting = Math.min(192, Math.max(48, PIECE / (36 * (inputs + outputs))));
  const columns = Math.min(g.n * tilesY, Math.max(1, Math.floor(fitting / tilesX)));
  const tiles = columns * tilesX + 6;
  const strips = 512 + 2 * 6 * 4 * (4 * tilesX + 8) + 4 * tilesX;
  const sums = 36 * inputs * outputs;
  return {
    method: WINOGRAD,
    columns,
    samples: Math.ceil(columns / tilesY),
    scratch: roundUp(strips + sums + 36 * (tiles * (inputs + outputs) + 32), 16),
    packed: g.groups * 36 * roundUp(ci, 4) * roundUp(co, 8),
    packedToInput: g.groups * 36 * roundUp(co, 4) * roundUp(ci, 8),
  };
}

function roundUp(size: number, step: number): number {
  return Math.ceil(size / step) * step;
}

/** Arranges the weights for the fast kernels; the readable ones read them as they are. */
export const conv_pack = kernel(
  { ...geometry, to_input: int, w: address, packed: address, scratch: address },
  () => undefined,
);

export const conv = kernel(
  { ...geometry, x: address, w: address, packed: address, bias: address, y: address, scratch: address },
  ({ f }, args) => {
    const { n, co, y, bias } = args;
    const places = args.od * args.oh * args.ow;
    for (let at = 0; at < n * co * places; at++) f[y + at] = bias === 0 ? 0 : f[bias + (Math.floor(at / places) % co)];
    forEachProduct(args, (xAt, wAt, yAt) => {
      f[y + yAt] += f[args.x + xAt] * f[args.w + wAt];
    });
  },
);

/** gx = Σ gy w; `bias`, a channel's, is there for the transposed convolution's forward. */
export const conv_grad_input = kernel(
  { ...geometry, gy: address, w: address, packed: address, bias: address, gx: address, scratch: address },
  ({ f }, args) => {
    const { n, ci, gx, bias } = args;
    const places = args.id * args.ih * args.iw;
    for (let at = 0; at < n * ci * places; at++) f[gx + at] = bias === 0 ? 0 : f[bias + (Math.floor(at / places) % ci)];
    forEachProduct(args, (xAt, wAt, yAt) => {
      f[gx + xAt] += f[args.gy + yAt] * f[args.w + wAt];
    });
  },
);

/** gw = Σ gy x */
export const conv_grad_weight = kernel(
  { ...geometry, x: address, gy: address, gw: address, scratch: address },
  ({ f }, args) => {
    const weights = (args.co * args.ci * args.kd * args.kh * args.kw) / args.groups;
    const sums = new Float64Array(weights);
    forEachProduct(args, (xAt, wAt, yAt) => {
      sums[wAt] += f[args.x + xAt] * f[args.gy + yAt];
    });
    f.set(sums, args.gw);
  },
);

/** Calls `visit` with the elements of x, w and y of every product in the sum. */
function forEachProduct(g: Geometry, visit: (x: number, w: number, y: number) => void): void {
  const inGroup = g.ci / g.groups;
  const outGroup = g.co / g.groups;
  const kernel = g.kd * g.kh * g.kw;
  for (let pair = 0; pair < g.n * g.co; pair++) {
    const n = Math.floor(pair / g.co);
    const o = pair % g.co;
    for (let i = 0; i < inGroup; i++) {
      const x = (n * g.ci + Math.floor(o / outGroup) * inGroup + i) * g.id * g.ih * g.iw;
      const y = pair * g.od * g.oh * g.ow;
      for (let k = 0; k < kernel; k++) {
        const w = (o * inGroup + i) * kernel + k;
        forEachPlace(g, k, (from, to) => visit(x + from, w, y + to));
      }
    }
  }
}

/** Calls `visit` with the pixel that weight `k` meets, and the output place, wherever it lies in the image. */
function forEachPlace(g: Geometry, k: number, visit: (from: number, to: number) => void): void {
  const fd = Math.floor(k / (g.kh * g.kw)) * g.dd - g.pd;
  const fh = (Math.floor(k / g.kw) % g.kh) * g.dh - g.ph;
  const fw = (k % g.kw) * g.dw - g.pw;
  for (let row = 0; row < g.od * g.oh; row++) {
    const d = Math.floor(row / g.oh) * g.sd + fd;
    const h = (row % g.oh) * g.sh + fh;
    if (d < 0 || d >= g.id || h < 0 || h >= g.ih) continue;
    for (let column = 0; column < g.ow; column++) {
      const w = column * g.sw + fw;
      if (w >= 0 && w < g.iw) visit((d * g.ih + h) * g.iw + w, row * g.ow + column);
    }
  }
}
