// The analyzer in a bundle of its own, loaded with the first Python file. Knows no VS Code: texts and bytes go
// in, plain values come out.

export { checkText } from '../analysis/check-text.ts';
export { describeConfig, settingsFor } from '../analysis/config.ts';
export { CONFIG_FILES, readConfig } from '../analysis/config-text.ts';
export { applyInCells, editsInCells, joinCells, spanInCell } from '../analysis/notebook-text.ts';
export { applyToText, repair } from '../analysis/repair.ts';
export { all as rules } from '../analysis/rules/all.ts';
export { Summaries } from '../analysis/summaries.ts';
export { diffLines, linesOf } from '../base/line-diff.ts';
export { importedFiles, importsIn } from '../facts/project.ts';
export { createParser, type PythonParser } from '../python/parser.ts';
