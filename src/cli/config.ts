// `normlab config`: what holds for a file, rule by rule, and who said so; the editor shows the same.

import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import { describeConfig, EMPTY_LAYER } from '../analysis/config.ts';
import { all as rules } from '../analysis/rules/all.ts';
import { UserError } from '../base/errors.ts';
import { ConfigFiles, relativeTo } from './config-files.ts';

export function addConfig(program: Command): void {
  program
    .command('config')
    .description('print what holds for a file, rule by rule, and who said so')
    .argument('<file>', 'a Python file')
    .action((file: string) => {
      process.stdout.write(showConfig(file, process.cwd()));
    });
}

export function showConfig(file: string, cwd: string): string {
  const full = path.resolve(cwd, file);
  if (!existsSync(full))
    throw new UserError('config/no-file', `Expected a file, and \`${file}\` does not exist; check the path.`);
  const configs = new ConfigFiles(cwd, EMPTY_LAYER, false);
  const { config, root } = configs.of(path.dirname(full));
  const faults = configs.faulty.flatMap(({ file: where, problems }) =>
    problems.map(({ message }) => `# ${where}: ${message}\n`),
  );
  return faults.join('') + describeConfig(config, relativeTo(root, full), rules);
}
