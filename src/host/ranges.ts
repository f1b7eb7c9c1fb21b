import * as vscode from 'vscode';
import type { Edit, Place, Span } from '../base/finding.ts';
import type { LineMap } from '../base/text.ts';

export function toPosition(lines: LineMap, offset: number): vscode.Position {
  const { line, column } = lines.position(offset);
  return new vscode.Position(line - 1, column - 1);
}

export function toRange(lines: LineMap, span: Span): vscode.Range {
  return new vscode.Range(toPosition(lines, span.start), toPosition(lines, span.end));
}

export function placeRange(place: Place): vscode.Range {
  return new vscode.Range(place.line - 1, place.column - 1, place.endLine - 1, place.endColumn - 1);
}

export function toTextEdits(lines: LineMap, edits: readonly Edit[]): vscode.TextEdit[] {
  return edits.map(({ span, newText }) => vscode.TextEdit.replace(toRange(lines, span), newText));
}
