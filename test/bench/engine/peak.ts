// What this processor can do at most, measured with the runtime and in the run that the kernels are measured in:
// multiply-adds of 128 bits in twelve independent chains, and bytes copied between arrays larger than the caches.

import process from 'node:process';
import asc from 'assemblyscript/asc';

const CHAINS = 12;
const names = Array.from({ length: CHAINS }, (_, i) => `c${i}`);
const SOURCE = `
// @ts-ignore: decorator
@inline function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
export function multiplyAdds(n: i32): f32 {
  const a = v128.load(16), b = v128.load(32);
  ${names.map((name, i) => `let ${name} = v128.load(${48 + 16 * i});`).join(' ')}
  for (let i = 0; i < n; i++) { ${names.map((name) => `${name} = multiplyAdd(a, ${name}, b);`).join(' ')} }
  let sum = f32x4.splat(0);
  ${names.map((name) => `sum = f32x4.add(sum, ${name});`).join(' ')}
  return f32x4.extract_lane(sum, 0);
}
export function copy(from: usize, to: usize, bytes: usize): void {
  const end = from + bytes;
  for (; from < end; from += 64, to += 64) {
    v128.store(to, v128.load(from)); v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32); v128.store(to, v128.load(from, 48), 48);
  }
}`;

export interface Peak {
  /** 10⁹ additions and multiplications a second, each counted. */
  readonly gigaflops: number;
  /** 10⁹ bytes a second, read and written. */
  readonly gigabytes: number;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  multiplyAdds(n: number): number;
  copy(from: number, to: number, bytes: number): void;
}

export async function measurePeak(fused: boolean): Promise<() => Peak> {
  const written = new Map<string, Uint8Array>();
  const features = ['simd', ...(fused ? ['relaxed-simd'] : [])].flatMap((name) => ['--enable', name]);
  const { error, stderr } = await asc.main(
    ['peak.ts', '--outFile', 'peak.wasm', '--runtime', 'stub', '-O3', '--initialMemory', '2048', ...features],
    {
      readFile: (name) => (name === 'peak.ts' ? SOURCE : null),
      writeFile: (name, content) => void written.set(name, Buffer.from(content)),
      listFiles: () => [],
    },
  );
  const bytes = written.get('peak.wasm');
  if (error !== null || bytes === undefined) throw new Error(`The roofline does not compile.\n${stderr.toString()}`);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)), {
    env: { abort: () => undefined },
  });
  const { multiplyAdds, copy } = exports as unknown as Exports;
  const half = 48 * 2 ** 20;
  return () => ({
    gigaflops: (8 * CHAINS * 1e6) / fastest(() => multiplyAdds(1e6)) / 1e6,
    gigabytes: (2 * half) / fastest(() => copy(1024, 1024 + half, half)) / 1e6,
  });
}

/** Milliseconds a piece of work takes when nobody disturbs it, as far as can be known: of clock or CPU, the less. */
export function timed(work: () => void): number {
  const before = process.cpuUsage();
  const start = performance.now();
  work();
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  // Short work is below the resolution of CPU time.
  return elapsed < 0.1 ? elapsed : Math.min(elapsed, Math.max(0.05, (user + system) / 1000));
}

/** Milliseconds. */
export function fastest(work: () => void, rounds = 7): number {
  return Math.min(...Array.from({ length: rounds }, () => timed(work)));
}
