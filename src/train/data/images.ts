// What an image becomes for a model that does not take it as it is: fewer numbers by its lowest frequencies,
// more or fewer pixels by bilinear interpolation.

import { cos } from '../../base/elementary.ts';

/** The coefficients' order: along the anti-diagonals, lowest frequency first. */
export function zigZag(height: number, width: number): readonly (readonly [number, number])[] {
  const order: [number, number][] = [];
  for (let sum = 0; sum <= height + width - 2; sum++) {
    const diagonal: [number, number][] = [];
    for (let i = Math.max(0, sum - width + 1); i <= Math.min(sum, height - 1); i++) diagonal.push([i, sum - i]);
    if (sum % 2 === 0) diagonal.reverse();
    order.push(...diagonal);
  }
  return order;
}

/** The first `keep` coefficients of the orthonormal 2-D DCT-II of each image, in zig-zag order. */
export function lowestFrequencies(
  images: Float32Array,
  [height, width]: readonly [number, number],
  keep: number,
): Float32Array {
  const count = images.length / (height * width);
  const order = zigZag(height, width).slice(0, keep);
  const basis = order.map(([u, v]) => {
    const wave = new Float64Array(height * width);
    const scale = Math.sqrt((u === 0 ? 1 : 2) / height) * Math.sqrt((v === 0 ? 1 : 2) / width);
    for (let y = 0; y < height; y++) {
      const vertical = cos(((2 * y + 1) * u * Math.PI) / (2 * height));
      for (let x = 0; x < width; x++)
        wave[y * width + x] = scale * vertical * cos(((2 * x + 1) * v * Math.PI) / (2 * width));
    }
    return wave;
  });
  const out = new Float32Array(count * keep);
  for (let n = 0; n < count; n++) {
    for (const [k, wave] of basis.entries()) {
      let sum = 0;
      for (let i = 0; i < wave.length; i++) sum += (images[n * wave.length + i] as number) * (wave[i] as number);
      out[n * keep + k] = sum;
    }
  }
  return out;
}

/** Bilinear, pixel centers aligned as with `align_corners=False`. */
export function resize(
  images: Float32Array,
  [height, width]: readonly [number, number],
  [newHeight, newWidth]: readonly [number, number],
): Float32Array {
  const count = images.length / (height * width);
  const rows = weights(height, newHeight);
  const columns = weights(width, newWidth);
  const out = new Float32Array(count * newHeight * newWidth);
  for (let n = 0; n < count; n++) {
    for (let y = 0; y < newHeight; y++) {
      const top = n * height * width + (rows.low[y] as number) * width;
      const bottom = n * height * width + (rows.high[y] as number) * width;
      const down = rows.part[y] as number;
      const start = (n * newHeight + y) * newWidth;
      for (let x = 0; x < newWidth; x++) {
        const left = columns.low[x] as number;
        const right = columns.high[x] as number;
        const part = columns.part[x] as number;
        const above = (images[top + left] as number) * (1 - part) + (images[top + right] as number) * part;
        const below = (images[bottom + left] as number) * (1 - part) + (images[bottom + right] as number) * part;
        out[start + x] = above * (1 - down) + below * down;
      }
    }
  }
  return out;
}

/** For each new pixel: the two old ones beside it, and the share of the second. */
function weights(from: number, to: number): { low: Int32Array; high: Int32Array; part: Float64Array } {
  const part = Float64Array.from({ length: to }, (_, i) =>
    Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1),
  );
  const low = Int32Array.from(part, Math.floor);
  const high = low.map((i) => Math.min(i + 1, from - 1));
  return { low, high, part: part.map((center, i) => center - (low[i] as number)) };
}

/** Each column to mean 0 and variance 1; a constant column to 0. In place. */
export function standardize(data: Float32Array, width: number): Float32Array {
  const count = data.length / width;
  for (let j = 0; j < width; j++) {
    let mean = 0;
    for (let i = 0; i < count; i++) mean += data[i * width + j] as number;
    mean /= count;
    let variance = 0;
    for (let i = 0; i < count; i++) variance += ((data[i * width + j] as number) - mean) ** 2;
    const std = Math.sqrt(variance / count);
    for (let i = 0; i < count; i++) data[i * width + j] = std > 0 ? ((data[i * width + j] as number) - mean) / std : 0;
  }
  return data;
}
