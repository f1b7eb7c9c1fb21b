import { readFileSync } from 'node:fs';
import { fromPackage } from './workers.ts';

export function packageVersion(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(fromPackage('package.json'), 'utf8'));
  return manifest.version;
}
