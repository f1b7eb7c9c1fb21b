// CPython for the reader worker: `dist/python/`. The standard library ships as byte code made by the very
// interpreter that will run it, because compiling it at each start costs two thirds of the start-up time.
// Byte code is hash-based and unchecked, entries are sorted and dated 1980, so the same inputs give the same bytes.

import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync, zipSync } from 'fflate';

const repository = fileURLToPath(new URL('..', import.meta.url));
const shim = path.join(repository, 'src/reader/python');
const pyodide = path.dirname(createRequire(import.meta.url).resolve('pyodide/package.json'));
const copied = ['pyodide.asm.mjs', 'pyodide.asm.wasm'];

/** Modules that need a terminal, a network, a process or a display; none of them can work inside the worker. */
const trimmed = new Set(
  `_pyrepl antigravity.py bdb.py cProfile.py cmd.py compileall.py doctest.py ftplib.py idlelib imaplib.py mailbox.py
  modulefinder.py multiprocessing netrc.py pdb.py poplib.py profile.py pstats.py pty.py pyclbr.py pydoc.py pydoc_data
  rlcompleter.py smtplib.py socketserver.py sqlite3 tabnanny.py tarfile.py this.py trace.py tty.py turtle.py
  unittest webbrowser.py wsgiref xml xmlrpc zipapp.py pickletools.py site-packages ensurepip venv
  http wave.py mimetypes.py shelve.py optparse.py _ssl.py ssl.py plistlib.py nturl2path.py`.split(/\s+/),
);
/** Character sets other than these take a megabyte and are not found in Python files. */
const encodings =
  /^encodings\/(__init__|aliases|utf_\w+|latin_1|iso8859_15?|ascii|cp1252|cp437|idna|punycode|unicode_escape|raw_unicode_escape|hex_codec|undefined|mbcs)\.py$/;

/** Writes what is missing or stale under `out/python`. */
export async function build(out) {
  const target = path.join(out, 'python');
  await mkdir(target, { recursive: true });
  for (const name of copied) await copyWhenStale(path.join(pyodide, name), path.join(target, name));

  await writeLock(path.join(target, 'lock.json'));
  const self = await readFile(fileURLToPath(import.meta.url));
  const archive = await readFile(path.join(pyodide, 'python_stdlib.zip'));
  const library = keepUseful(unzipSync(archive));
  await zipWhenStale(
    path.join(target, 'stdlib.zip'),
    [self, archive],
    library,
    path.join(pyodide, 'python_stdlib.zip'),
  );
  const sources = await readTree(shim);
  const inputs = Object.entries(sources).flat();
  await zipWhenStale(
    path.join(target, 'torch.zip'),
    [self, archive, ...inputs],
    sources,
    path.join(target, 'stdlib.zip'),
  );
}

function keepUseful(files) {
  return Object.fromEntries(
    Object.entries(files)
      .filter(([name]) => name.endsWith('.py') && !trimmed.has(name.split('/')[0]))
      .filter(([name]) => !name.startsWith('encodings/') || encodings.test(name)),
  );
}

/** The interpreter checks the lock file's versions; no package is ever loaded. */
async function writeLock(file) {
  const { info } = JSON.parse(await readFile(path.join(pyodide, 'pyodide-lock.json'), 'utf8'));
  const text = JSON.stringify({ info, packages: {} });
  if ((await readFile(file, 'utf8').catch(() => '')) !== text) await writeFile(file, text);
}

async function copyWhenStale(from, to) {
  const [source, copy] = await Promise.all([stat(from), stat(to).catch(() => null)]);
  if (copy === null || copy.size !== source.size || copy.mtimeMs < source.mtimeMs) await copyFile(from, to);
}

async function zipWhenStale(file, inputs, sources, stdLibURL) {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(input).update('\0');
  const digest = hash.digest('hex');
  const stamp = `${file}.hash`;
  const current = await readFile(stamp, 'utf8').catch(() => '');
  if (current === digest && (await stat(file).catch(() => null)) !== null) return;
  const compiled = await compile(sources, stdLibURL);
  await writeFile(file, zipSync(compiled, { level: 9, mtime: new Date(1980, 0, 1) }));
  await writeFile(stamp, digest);
}

async function readTree(directory, prefix = '') {
  const files = {};
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path.join(directory, entry.name);
    if (entry.isDirectory() && entry.name !== '__pycache__')
      Object.assign(files, await readTree(full, `${prefix}${entry.name}/`));
    else if (entry.name.endsWith('.py')) files[prefix + entry.name] = await readFile(full);
  }
  return files;
}

const compiler = `
import importlib._bootstrap_external as external, importlib.util as util
def compile_file(name):
    with open('/source', 'rb') as file:
        source = file.read()
    code = compile(source, name, 'exec', dont_inherit=True, optimize=2)
    with open('/code', 'wb') as file:
        file.write(external._code_to_hash_pyc(code, util.source_hash(source), False))
`;

/** Compiles in a fresh interpreter: names and constants are then shared the same way each time. */
async function compile(sources, stdLibURL) {
  const { loadPyodide } = await import('pyodide');
  const python = await loadPyodide({ indexURL: pyodide, stdLibURL, packages: [] });
  python.runPython(compiler);
  const compileFile = python.globals.get('compile_file');
  const compiled = {};
  for (const name of Object.keys(sources).sort()) {
    python.FS.writeFile('/source', sources[name]);
    compileFile(name);
    compiled[name.replace(/\.py$/, '.pyc')] = python.FS.readFile('/code');
  }
  compileFile.destroy();
  return compiled;
}
