// The files of public repositories, which are not part of the project: DIR/owner__name@commit/path. What is missing
// is written from bare clones (MIRRORS/owner+name/repo), or from a wheel for what ships as one.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Entry } from './entry.ts';

/** Repositories whose history is too large to copy, and the wheel built from that very commit. */
const WHEELS: Readonly<Record<string, string>> = {
  'pytorch/vision@7af69879': 'torchvision==0.21.0',
};

export function folderOf(directory: string, { repo, commit }: Entry): string {
  return path.resolve(directory, `${repo.replace('/', '__')}@${commit.slice(0, 8)}`);
}

/** Writes the repository's Python files where they are missing; says why where that cannot be done. */
export function materialize(directory: string, entry: Entry, mirrors: string | undefined): string {
  const folder = folderOf(directory, entry);
  if (existsSync(folder)) return '';
  const wheel = WHEELS[`${entry.repo}@${entry.commit.slice(0, 8)}`];
  const clone = mirrors === undefined ? undefined : cloneOf(mirrors, entry.repo);
  if (clone === undefined && wheel === undefined)
    return `${entry.repo} is not in ${directory}; give its clone (--mirrors).`;
  // Under its own name only when it is whole.
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const failure = clone === undefined ? fromWheel(wheel ?? '', part) : fromClone(clone, entry.commit, part);
  if (failure !== '') return failure;
  writeFileSync(path.join(part, '.commit'), `${entry.commit}\n`);
  renameSync(part, folder);
  return '';
}

function cloneOf(mirrors: string, repo: string): string | undefined {
  const clone = path.join(mirrors, repo.replace('/', '+'), 'repo');
  return [path.join(clone, '.git'), clone].find((folder) => existsSync(path.join(folder, 'HEAD')));
}

function fromClone(clone: string, commit: string, into: string): string {
  const git = (...args: string[]) => run('git', ['--git-dir', clone, ...args]);
  const listed = git('ls-tree', '-r', '-z', '--name-only', commit);
  if (listed.failure !== '') return listed.failure;
  for (const file of listed.text.split('\0').filter((name) => name.endsWith('.py') || name.endsWith('.md'))) {
    const { text, failure } = git('show', `${commit}:${file}`);
    if (failure !== '') return failure;
    mkdirSync(path.dirname(path.join(into, file)), { recursive: true });
    writeFileSync(path.join(into, file), text);
  }
  return '';
}

function fromWheel(wheel: string, into: string): string {
  const kinds = ['--no-deps', '--only-binary', ':all:', '--python-version', '3.11'];
  const fetched = run('python3', ['-m', 'pip', 'download', ...kinds, '-d', into, wheel]);
  if (fetched.failure !== '') return fetched.failure;
  const file = readdirSync(into).find((name) => name.endsWith('.whl')) ?? '';
  const { failure } = run('python3', ['-m', 'zipfile', '-e', path.join(into, file), into]);
  rmSync(path.join(into, file));
  return failure;
}

function run(command: string, args: readonly string[]): { readonly text: string; readonly failure: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const failure =
    status === 0 ? '' : `${command} ${args.slice(0, 4).join(' ')} failed: ${error?.message ?? stderr.trim()}`;
  return { text: stdout ?? '', failure };
}

const kept = new Map<string, Record<string, string>>();

/** All Python files below a folder, by absolute path. */
export function pythonFiles(root: string): Readonly<Record<string, string>> {
  const known = kept.get(root);
  if (known) return known;
  // One repository at a time.
  if (kept.size > 2) kept.clear();
  const files: Record<string, string> = {};
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    const full = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && entry.name.endsWith('.py')) files[full] = readFileSync(full, 'utf8');
  }
  kept.set(root, files);
  return files;
}
