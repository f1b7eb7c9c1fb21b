// Zip files, unpacked in memory up to a limit: a few bytes can say that they become any number of them.

import { unzipSync } from 'fflate';
import { UserError } from '../base/errors.ts';

export interface Unpacking {
  /** Bytes of all wanted files together. */
  readonly most: number;
  wanted(name: string): boolean;
  /** Of the error for a file that is no zip file, or a damaged one. */
  readonly damaged: { readonly code: string; readonly message: string };
}

/** The wanted files by name. `file` is the archive's name, for messages. */
export function unpack(
  file: string,
  bytes: Uint8Array,
  { most, wanted, damaged }: Unpacking,
): Record<string, Uint8Array> {
  let total = 0;
  const filter = ({ name, originalSize }: { readonly name: string; readonly originalSize: number }) => {
    if (!wanted(name)) return false;
    total += originalSize;
    if (total > most)
      throw new UserError('data/size', `\`${file}\` unpacks to more than ${most / 2 ** 20} MB, the most that is read.`);
    return true;
  };
  try {
    return unzipSync(bytes, { filter });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(damaged.code, damaged.message, { cause });
  }
}
