import { address, int, type KernelArgs, kernel } from './kernel.ts';

const sizes = { nc: int, ih: int, iw: int, oh: int, ow: int, bilinear: int, align_corners: int } as const;

/** Resizes the last two dimensions: the nearest pixel below, or the four around weighed by nearness. */
export const interpolate = kernel({ ...sizes, x: address, y: address }, ({ f }, args) => {
  f.fill(0, args.y, args.y + args.nc * args.oh * args.ow);
  forEachShare(args, (from, to, share) => {
    f[args.y + to] += share * f[args.x + from];
  });
});

export const interpolate_grad = kernel({ ...sizes, gy: address, gx: address }, ({ f }, args) => {
  f.fill(0, args.gx, args.gx + args.nc * args.ih * args.iw);
  forEachShare(args, (from, to, share) => {
    f[args.gx + from] += share * f[args.gy + to];
  });
});

function forEachShare(args: KernelArgs<typeof sizes>, visit: (from: number, to: number, share: number) => void): void {
  const { nc, ih, iw, oh, ow } = args;
  for (let h = 0; h < oh; h++)
    for (let w = 0; w < ow; w++) {
      const shares = around(h, ih, oh, args).flatMap(([row, a]) =>
        around(w, iw, ow, args).map(([column, b]) => [row * iw + column, a * b] as const),
      );
      for (let channel = 0; channel < nc; channel++)
        for (const [from, share] of shares) visit(channel * ih * iw + from, (channel * oh + h) * ow + w, share);
    }
}

/** The input positions an output position takes from, in one dimension, with their shares. */
function around(
  at: number,
  size: number,
  out: number,
  { bilinear, align_corners }: { readonly bilinear: number; readonly align_corners: number },
): (readonly [number, number])[] {
  if (bilinear === 0) return [[Math.min(Math.floor((at * size) / out), size - 1), 1]];
  const exact = align_corners !== 0 ? (out > 1 ? (at * (size - 1)) / (out - 1) : 0) : ((at + 0.5) * size) / out - 0.5;
  const position = Math.max(0, exact);
  const low = Math.min(Math.floor(position), size - 1);
  const share = position - low;
  return [
    [low, 1 - share],
    [Math.min(low + 1, size - 1), share],
  ];
}
