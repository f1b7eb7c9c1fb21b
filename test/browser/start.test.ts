import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

const root = path.resolve(import.meta.dirname, '../..');

suite('npm start', () => {
  test('--check opens a real VS Code on the examples, and says which, what and how fast', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/start.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
      timeout: 240_000,
    });
    assert.equal(status, 0, stdout + stderr);
    const { version } = JSON.parse(
      spawnSync(process.execPath, ['-p', 'JSON.stringify(require("./package.json"))'], { cwd: root, encoding: 'utf8' })
        .stdout,
    );
    const said = stdout + stderr;
    assert.match(said, /http:\/\/127\.0\.0\.1:\d+\/\?folder=\S*examples|VS Code \d+\.\d+\.\d+ on the desktop/);
    assert.ok(said.includes(`Norm Lab ${version}`), said);
    const [, milliseconds] = /activated in (\d+(?:\.\d+)?) ms/.exec(said) ?? [];
    assert.ok(Number(milliseconds) <= 50, said);
  }).timeout(300_000);
});
