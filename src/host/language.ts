// The analyzer in a bundle of its own, loaded with the first Python file. Knows no VS Code: texts and bytes go
// in, plain values come out.

export { checkText } from '../analysis/check-text.ts';
export { all as rules } from '../analysis/rules/all.ts';
export { createParser, type PythonParser } from '../python/parser.ts';
