// Pooling over three spatial dimensions; fewer are leading dimensions of size 1. `nc` is N · C.

import { address, int, type KernelArgs, kernel, type Memory } from './kernel.ts';

const sizes = { nc: int, id: int, ih: int, iw: int, od: int, oh: int, ow: int } as const;
const windows = {
  ...sizes,
  kd: int,
  kh: int,
  kw: int,
  sd: int,
  sh: int,
  sw: int,
  pd: int,
  ph: int,
  pw: int,
} as const;
type Sizes = KernelArgs<typeof sizes>;
type Windows = KernelArgs<typeof windows>;

/** y = max x over the window; `index` keeps where in (D, H, W) it was, the first one of equals. */
export const max_pool = kernel(
  { ...windows, dd: int, dh: int, dw: int, x: address, y: address, index: address },
  (memory, args) => {
    const { sd, sh, sw, pd, ph, pw, kd, kh, kw, dd, dh, dw } = args;
    const windowAt = (d: number, h: number, w: number) => ({
      depth: dilated(d * sd - pd, kd, dd, args.id),
      rows: dilated(h * sh - ph, kh, dh, args.ih),
      columns: dilated(w * sw - pw, kw, dw, args.iw),
    });
    eachOutput(args, windowAt, (channel, out, window) => maximum(memory, args, channel, out, window));
  },
);

/** y = max x over cells as adaptive_avg_pool's. */
export const adaptive_max_pool = kernel({ ...sizes, x: address, y: address, index: address }, (memory, args) => {
  eachOutput(args, adaptive(args), (channel, out, window) => maximum(memory, args, channel, out, window));
});

/** gx[index] += gy */
export const max_pool_grad = kernel(
  { nc: int, inputs: int, outputs: int, index: address, gy: address, gx: address },
  ({ f, i }, { nc, inputs, outputs, index, gy, gx }) => {
    f.fill(0, gx, gx + nc * inputs);
    for (let channel = 0; channel < nc; channel++)
      for (let j = 0; j < outputs; j++) {
        const at = channel * outputs + j;
        f[gx + channel * inputs + i[index + at]] += f[gy + at];
      }
  },
);

/** y = mean x over the window, whose padding counts, or not. */
export const avg_pool = kernel({ ...windows, count_include_pad: int, x: address, y: address }, ({ f }, args) => {
  eachOutput(args, averaged(args), (channel, out, window) => {
    let total = 0;
    eachInside(args, window, (at) => {
      total += f[args.x + channel * args.id * args.ih * args.iw + at];
    });
    f[args.y + out] = total / divisor(args, window);
  });
});

export const avg_pool_grad = kernel({ ...windows, count_include_pad: int, gy: address, gx: address }, ({ f }, args) => {
  const inputs = args.id * args.ih * args.iw;
  f.fill(0, args.gx, args.gx + args.nc * inputs);
  eachOutput(args, averaged(args), (channel, out, window) => {
    const share = f[args.gy + out] / divisor(args, window);
    eachInside(args, window, (at) => {
      f[args.gx + channel * inputs + at] += share;
    });
  });
});

/** y = mean x over cell [⌊i·I/O⌋, ⌈(i+1)·I/O⌉) in each dimension. */
export const adaptive_avg_pool = kernel({ ...sizes, x: address, y: address }, ({ f }, args) => {
  eachOutput(args, adaptive(args), (channel, out, window) => {
    let total = 0;
    let count = 0;
    eachInside(args, window, (at) => {
      total += f[args.x + channel * args.id * args.ih * args.iw + at];
      count++;
    });
    f[args.y + out] = total / count;
  });
});

export const adaptive_avg_pool_grad = kernel({ ...sizes, gy: address, gx: address }, ({ f }, args) => {
  const inputs = args.id * args.ih * args.iw;
  f.fill(0, args.gx, args.gx + args.nc * inputs);
  eachOutput(args, adaptive(args), (channel, out, window) => {
    const count = window.depth.length * window.rows.length * window.columns.length;
    eachInside(args, window, (at) => {
      f[args.gx + channel * inputs + at] += f[args.gy + out] / count;
    });
  });
});

/** Positions in each dimension, those outside of the input left out. */
interface Window {
  readonly depth: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  /** Positions with those in the padding. */
  readonly padded?: number;
}

function maximum(
  { f, i }: Memory,
  args: Sizes & { readonly x: number; readonly y: number; readonly index: number },
  channel: number,
  out: number,
  window: Window,
): void {
  let best = Number.NEGATIVE_INFINITY;
  let found = -1;
  eachInside(args, window, (at) => {
    const value = f[args.x + channel * args.id * args.ih * args.iw + at];
    if (found < 0 || value > best || Number.isNaN(value)) {
      best = value;
      found = at;
    }
  });
  f[args.y + out] = best;
  i[args.index + out] = found;
}

function eachOutput(
  { nc, od, oh, ow }: Sizes,
  windowAt: (d: number, h: number, w: number) => Window,
  visit: (channel: number, out: number, window: Window) => void,
): void {
  for (let d = 0; d < od; d++)
    for (let h = 0; h < oh; h++)
      for (let w = 0; w < ow; w++) {
        const window = windowAt(d, h, w);
        for (let channel = 0; channel < nc; channel++) visit(channel, ((channel * od + d) * oh + h) * ow + w, window);
      }
}

function eachInside({ ih, iw }: Sizes, { depth, rows, columns }: Window, visit: (at: number) => void): void {
  for (const d of depth) for (const h of rows) for (const w of columns) visit((d * ih + h) * iw + w);
}

function dilated(start: number, count: number, dilation: number, size: number): number[] {
  return Array.from({ length: count }, (_, k) => start + k * dilation).filter((at) => at >= 0 && at < size);
}

/** The window in the input and in the padding; beyond the padding (ceil_mode) nothing counts. */
function averaged(args: Windows): (d: number, h: number, w: number) => Window {
  const padded = (start: number, kernel: number, size: number, padding: number) =>
    Math.min(start + kernel, size + padding) - start;
  return (d, h, w) => {
    const [fd, fh, fw] = [d * args.sd - args.pd, h * args.sh - args.ph, w * args.sw - args.pw];
    return {
      depth: dilated(fd, args.kd, 1, args.id),
      rows: dilated(fh, args.kh, 1, args.ih),
      columns: dilated(fw, args.kw, 1, args.iw),
      padded:
        padded(fd, args.kd, args.id, args.pd) *
        padded(fh, args.kh, args.ih, args.ph) *
        padded(fw, args.kw, args.iw, args.pw),
    };
  };
}

function divisor({ count_include_pad }: { readonly count_include_pad: number }, window: Window): number {
  if (count_include_pad !== 0 && window.padded !== undefined) return window.padded;
  return window.depth.length * window.rows.length * window.columns.length;
}

function adaptive({ id, ih, iw, od, oh, ow }: Sizes): (d: number, h: number, w: number) => Window {
  const cell = (i: number, size: number, count: number) => {
    const start = Math.floor((i * size) / count);
    const end = Math.ceil(((i + 1) * size) / count);
    return Array.from({ length: end - start }, (_, k) => start + k);
  };
  return (d, h, w) => ({ depth: cell(d, id, od), rows: cell(h, ih, oh), columns: cell(w, iw, ow) });
}
