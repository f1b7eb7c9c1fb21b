import { unpack } from '../archive.ts';

/** What the engine's memory holds by default. */
const MOST_BYTES = 2 ** 31;

export function unpackWeights(
  file: string,
  bytes: Uint8Array,
  wanted: (name: string) => boolean,
): Readonly<Record<string, Uint8Array>> {
  const message = `\`${file}\` is a zip file that cannot be read; it is damaged.`;
  // What is not compressed, as torch.save leaves it, is in memory already.
  const most = Math.max(MOST_BYTES, bytes.length);
  return unpack(file, bytes, { most, wanted, damaged: { code: 'weights/zip', message } });
}
