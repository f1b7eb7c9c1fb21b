// Pictures of a user interface hold few colors: the 256 most frequent and their nearest take a third of the
// bytes, and nobody sees the difference. Reads what a browser writes: 8 bits, RGB or RGBA, not interlaced.

import { deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLORS = 256;
/** About eight levels of gray. */
const APART = 600;

export function smallPng(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png);
  const { palette, nearest } = quantize(pixels);
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = nearest(pixels[y * width + x] ?? 0);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colors = Buffer.from(palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
  const data = deflateSync(rows, { level: 9, memLevel: 9 });
  return Buffer.concat([
    SIGNATURE,
    ...[chunk('IHDR', head), chunk('PLTE', colors), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))],
  ]);
}

/** Pixels as 0xRRGGBB. */
function decode(png: Buffer): { width: number; height: number; pixels: Uint32Array } {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const bytes = png[25] === 6 ? 4 : 3;
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * bytes;
  const pixels = new Uint32Array(width * height);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1);
    const row = unfilter(raw[start] ?? 0, raw.subarray(start + 1, start + 1 + stride), above, bytes);
    for (let x = 0; x < width; x++) {
      const at = x * bytes;
      pixels[y * width + x] = ((row[at] ?? 0) << 16) | ((row[at + 1] ?? 0) << 8) | (row[at + 2] ?? 0);
    }
    above = row;
  }
  return { width, height, pixels };
}

function unfilter(filter: number, line: Buffer, above: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  const row = new Uint8Array(line.length);
  for (let i = 0; i < line.length; i++) {
    const left = row[i - bytes] ?? 0;
    const up = above[i] ?? 0;
    const corner = i >= bytes ? (above[i - bytes] ?? 0) : 0;
    const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
    row[i] = (line[i] ?? 0) + guess;
  }
  return row;
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function quantize(pixels: Uint32Array): { palette: readonly number[]; nearest(color: number): number } {
  const counts = new Map<number, number>();
  for (const color of pixels) counts.set(color, (counts.get(color) ?? 0) + 1);
  const palette = choose([...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([color]) => color));
  const known = new Map(palette.map((color, i) => [color, i]));
  const nearest = (color: number) => {
    const found = known.get(color) ?? closest(palette, color);
    known.set(color, found);
    return found;
  };
  return { palette, nearest };
}

/** The most frequent ones that differ visibly, so that a rare red is not lost to a hundred grays; then the rest. */
function choose(byFrequency: readonly number[]): readonly number[] {
  const palette: number[] = [];
  for (const apart of [APART, 0])
    for (const color of byFrequency) {
      if (palette.length === COLORS) return palette;
      if (palette.every((other) => distance(color, other) > apart)) palette.push(color);
    }
  return palette;
}

function closest(palette: readonly number[], color: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, other] of palette.entries()) {
    const found = distance(color, other);
    if (found < least) [best, least] = [i, found];
  }
  return best;
}

function distance(color: number, other: number): number {
  const part = (shift: number) => ((color >> shift) & 255) - ((other >> shift) & 255);
  return 2 * part(16) ** 2 + 4 * part(8) ** 2 + 3 * part(0) ** 2;
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  let crc = 0xffffffff;
  for (const byte of body) crc = (CRC[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  out.set(body, 4);
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, body.length + 4);
  return out;
}
