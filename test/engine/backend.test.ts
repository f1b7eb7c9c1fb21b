import assert from 'node:assert/strict';
import process from 'node:process';
import { chooseKernels, wasmBackend } from '../../src/engine/backend.ts';
import { widened } from '../../src/engine/wide.ts';
import { mergeVectors } from '../../src/worker/vectors.ts';
import { currentKernels } from './support.ts';

const { simd, fused } = currentKernels();

/** The module with what it expects of a multiply-add changed, so that this processor breaks its promise. */
function unkept(module: Uint8Array): Uint8Array {
  const bytes = Buffer.from(module);
  const expected = Buffer.from(Float32Array.of(2 ** -24).buffer);
  const at = bytes.indexOf(expected);
  assert.ok(at > 0);
  bytes[at] = 1;
  return bytes;
}

suite('kernels: which run', () => {
  test('the first that computes as it promises', () => {
    assert.equal(chooseKernels([fused, simd]), fused);
    assert.equal(chooseKernels([null, Uint8Array.of(0, 1, 2), simd]), simd);
    assert.equal(chooseKernels([unkept(fused), simd]), simd);
    assert.equal(chooseKernels([null]), null);
  });

  test('a backend is named by its rounding', () => {
    assert.equal(wasmBackend(fused).name, 'fused');
    assert.equal(wasmBackend(simd).name, 'simd');
    assert.throws(() => wasmBackend(unkept(fused)), /no fused multiply-add/);
  });

  test('merged operations are compared, named, and switched off again', () => {
    const switched: boolean[] = [];
    const wide = widened(fused, (on) => {
      switched.push(on);
      return true;
    });
    assert.ok(wide);
    assert.deepEqual(switched, [true, false]);
    assert.equal(wasmBackend(wide).name, 'fused, 256 bits');
    assert.equal(
      widened(fused, () => false),
      null,
    );
  });

  test('V8 merges to the same bits, where it merges', () => {
    assert.equal(widened(simd, mergeVectors) === null, process.versions.v8.startsWith('11.') || process.arch !== 'x64');
  });
});
