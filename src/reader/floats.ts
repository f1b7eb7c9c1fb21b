// Base64 of little-endian float32 numbers, as Python packs a large constant.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CODES = new Uint8Array(128);
for (let i = 0; i < ALPHABET.length; i++) CODES[ALPHABET.charCodeAt(i)] = i;

export function decodeFloats(text: string): number[] {
  const padding = text.endsWith('==') ? 2 : Number(text.endsWith('='));
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let i = 0, at = 0; i < text.length; i += 4) {
    const word = (code(text, i) << 18) | (code(text, i + 1) << 12) | (code(text, i + 2) << 6) | code(text, i + 3);
    bytes[at++] = word >> 16;
    if (at < bytes.length) bytes[at++] = (word >> 8) & 255;
    if (at < bytes.length) bytes[at++] = word & 255;
  }
  return Array.from(new Float32Array(bytes.buffer));
}

function code(text: string, i: number): number {
  return CODES[text.charCodeAt(i)] ?? 0;
}
