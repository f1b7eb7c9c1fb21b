import assert from 'node:assert/strict';
import { chooseKernels, wasmBackend } from '../../src/engine/backend.ts';
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
});
