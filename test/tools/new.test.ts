import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { kinds, skeleton } from '../../tools/new.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Errors of the skeleton as if it stood where it belongs; unused names are what is left to write. */
function errors(file: string, text: string): string[] {
  const config = file.startsWith('webview-ui') ? 'tsconfig.web.json' : 'tsconfig.core.json';
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(path.join(root, config), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const full = path.join(root, file);
  const host = ts.createCompilerHost({ ...options, noEmit: true, composite: false });
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === full || fileExists(name);
  host.readFile = (name) => (name === full ? text : readFile(name));
  host.getSourceFile = (name, ...rest) =>
    name === full ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest);
  const program = ts.createProgram(
    [path.join(root, 'src/platform.d.ts'), full],
    { ...options, noEmit: true, composite: false, emitDeclarationOnly: false, declaration: false },
    host,
  );
  const source = program.getSourceFile(full);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((one) =>
    ts.flattenDiagnosticMessageText(one.messageText, '\n'),
  );
}

suite('npm run new', () => {
  for (const kind of kinds)
    test(`a new ${kind} compiles where it belongs, and takes no name that exists`, () => {
      const files = skeleton(kind, 'never-seen-before');
      for (const [file, text] of Object.entries(files)) {
        assert.equal(existsSync(path.join(root, file)), false);
        assert.ok(existsSync(path.dirname(path.join(root, file))), file);
        if (/\.tsx?$/.test(file)) assert.deepEqual(errors(file, text), []);
      }
    });

  test('an unknown kind has no files', () => {
    assert.deepEqual(skeleton('manager', 'x'), {});
  });
});
