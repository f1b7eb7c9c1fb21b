// CPython in WebAssembly, hardened: no network, no host files, no processes, no code generation, and nothing
// of JavaScript that Python could hold. It must live in a thread of its own: the hardening strips that thread's
// globals. Text crosses in both directions, as one call (`run`) and as a device (`/dev/answers`) the traced
// code's `torch` writes questions to and reads answers from. Accident-proof; not a vault against malice.
// The boot tells Pyodide that it is a browser's worker, so that it never looks for Node.

import type { PyodideAPI } from 'pyodide';

export interface InterpreterOptions {
  /** The folder of the interpreter's files, as a URL that ends in a slash. */
  readonly assets: string;
  /** Reads one of those files by name. */
  readonly read: (name: string) => Promise<Uint8Array<ArrayBuffer>>;
  /** Answers a question of the tracing `torch`; must not throw. */
  readonly answer: (question: string) => string;
  /** Shared with a thread that writes 2 into its first byte to interrupt Python. */
  readonly interrupt: Uint8Array<SharedArrayBuffer> | null;
  /** Bytes the interpreter's memory may grow to; beyond, Python sees a MemoryError. */
  readonly memory: number;
}

export interface Interpreter {
  /** Calls `reading.main` with a text and gives its text; throws when the interpreter itself has died. */
  run(request: string): string;
  /** Bytes of WebAssembly memory; it never shrinks. */
  memory(): number;
}

const assetNames = ['pyodide.asm.wasm', 'stdlib.zip', 'torch.zip', 'lock.json'];
const networkGlobals = `fetch WebSocket EventSource XMLHttpRequest Request Response Headers FormData BroadcastChannel
  Worker SharedWorker MessageChannel MessagePort importScripts require module process Buffer navigator
  location self WorkerGlobalScope WebTransport CompressionStream DecompressionStream`.split(/\s+/);

export async function startInterpreter(options: InterpreterOptions): Promise<Interpreter> {
  const names = await Promise.all(assetNames.map(async (name) => [name, await options.read(name)] as const));
  const files = new Map(names.map(([name, bytes]) => [options.assets + name, bytes]));
  const memory = limitMemory(options.memory);
  disguise(options.assets, files);
  const python = await load(options.assets, files.get(`${options.assets}lock.json`));
  const torch = files.get(`${options.assets}torch.zip`);
  if (torch) python.FS.writeFile('/lib/torch.zip', torch);
  addDevice(python, options.answer);
  if (options.interrupt) python.setInterruptBuffer(options.interrupt);
  python.runPython("import sys; sys.path.insert(0, '/lib/torch.zip')");
  const main = python.runPython('import reading\nreading.start()\nreading.main') as (text: string) => string;
  disarm();
  return { run: (request) => main(request), memory };
}

/** Pyodide asks for its surroundings when it is imported, so this happens before. */
function disguise(assets: string, files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): void {
  const WorkerGlobalScope = Object.defineProperty(() => {}, Symbol.hasInstance, { value: () => true });
  const scope = globalThis as Record<string, unknown>;
  delete scope['process'];
  const types: Readonly<Record<string, string>> = { wasm: 'application/wasm' };
  Object.assign(scope, {
    self: globalThis,
    WorkerGlobalScope,
    location: new URL(assets),
    fetch: async (url: unknown) => {
      const bytes = files.get(String(url));
      if (!bytes) throw new Error(`Only the interpreter's own files can be loaded, and not ${String(url)}.`);
      const type = types[String(url).split('.').at(-1) ?? ''] ?? 'application/octet-stream';
      return new Response(bytes, { headers: { 'content-type': type } });
    },
  });
}

async function load(assets: string, lock: Uint8Array | undefined): Promise<PyodideAPI> {
  const { loadPyodide } = await import('pyodide');
  return loadPyodide({
    indexURL: assets,
    stdLibURL: `${assets}stdlib.zip`,
    lockFileContents: new TextDecoder().decode(lock),
    packages: [],
    jsglobals: Object.create(null) as object,
    env: { HOME: '/home', PYTHONDONTWRITEBYTECODE: '1' },
    stdin: () => null,
    stdout: () => {},
    stderr: () => {},
  });
}

/** One request is one write; the answer is then read to its final line break. */
function addDevice(python: PyodideAPI, answer: (question: string) => string): void {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let pending: Uint8Array = new Uint8Array(0);
  const { FS } = python;
  const device = FS.makedev(77, 0);
  FS.registerDevice(device, {
    open(stream: { seekable: boolean }) {
      stream.seekable = false;
    },
    close() {},
    write(_stream: unknown, heap: Uint8Array, offset: number, length: number) {
      pending = encoder.encode(`${answer(decoder.decode(heap.slice(offset, offset + length)))}\n`);
      return length;
    },
    read(_stream: unknown, heap: Uint8Array, offset: number, length: number) {
      const part = pending.subarray(0, length);
      heap.set(part, offset);
      pending = pending.subarray(part.length);
      return part.length;
    },
  });
  FS.mkdev('/dev/answers', 0o666, device);
}

/** Takes from the thread what a leak out of Python could use. What has been loaded keeps working. */
function disarm(): void {
  const refuse = function refuse(): never {
    throw new Error('Code generation is off in this thread.');
  };
  const kinds = [
    () => {},
    async () => {},
    function* () {
      yield 0;
    },
    async function* () {
      yield 0;
    },
  ];
  for (const kind of kinds) {
    Object.defineProperty(Object.getPrototypeOf(kind), 'constructor', { value: refuse, configurable: false });
  }
  const scope = globalThis as Record<string, unknown>;
  for (const name of networkGlobals) delete scope[name];
  Object.assign(scope, { Function: refuse, eval: refuse });
}

/** The interpreter's memory never grows beyond `limit` bytes; its allocator then reports failure to Python. */
function limitMemory(limit: number): () => number {
  const grow = WebAssembly.Memory.prototype.grow;
  let bytes = 0;
  WebAssembly.Memory.prototype.grow = function limited(this: WebAssembly.Memory, pages: number) {
    if (this.buffer.byteLength + pages * 65_536 > limit) throw new RangeError('The interpreter is out of memory.');
    const before = grow.call(this, pages);
    bytes = this.buffer.byteLength;
    return before;
  };
  return () => bytes;
}
