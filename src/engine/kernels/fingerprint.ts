import { KERNEL_LIST, KERNEL_NAMES } from './all.ts';

/** Of every kernel's name and parameters; compiled kernels carry the one they were made for. */
export function fingerprint(): number {
  let hash = 0;
  for (const [i, { params }] of KERNEL_LIST.entries())
    for (const letter of `${KERNEL_NAMES[i]} ${Object.entries(params).join(' ')};`)
      hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  return hash;
}
