// V8's flags for the engine's kernels.

import process from 'node:process';
import { setFlagsFromString } from 'node:v8';

/** Makes the runtime know fused multiply-adds, which the V8 of Node 20 has behind a flag. */
export function allowFused(): void {
  if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--experimental-wasm-relaxed-simd');
}

/**
 * Lets V8 merge pairs of 128-bit operations in what it compiles from now on, and compile it at once for good. Only an
 * optimizing compiler merges; the quick one would run first. False where V8 cannot.
 */
export function mergeVectors(on: boolean): boolean {
  if (process.versions.v8.startsWith('11.') || process.arch !== 'x64') return false;
  setFlagsFromString(on ? '--experimental-wasm-revectorize' : '--no-experimental-wasm-revectorize');
  setFlagsFromString(on ? '--no-liftoff' : '--liftoff');
  return true;
}
