// The house's currency: what is wrong, where, why, and what would put it right. Plain data: it crosses
// threads, is stored, and is printed. Offsets are UTF-16 code units, as in a JavaScript string.

/** A stretch of one file's text; `end` is excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A place in a file as people write it: lines and columns count from 1, columns in UTF-16 units, `endColumn` is excluded. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface Edit {
  readonly span: Span;
  readonly newText: string;
}

/** `safe`: results bit-identical. `preferred`: one obvious edit. `unsafe`: more than one reasonable edit. `display`: never applied. */
export type FixLevel = 'safe' | 'preferred' | 'unsafe' | 'display';

export interface Fix {
  /** Says what to do; shown in the light bulb. */
  readonly title: string;
  readonly level: FixLevel;
  /** Edits to the finding's own file, in order, not overlapping. */
  readonly edits: readonly Edit[];
}

export type Severity = 'error' | 'warning' | 'information' | 'hint';
export type Confidence = 'definite' | 'may';

/** A second place that explains the finding, in the same file. */
export interface Related {
  readonly span: Span;
  readonly message: string;
}

export interface Finding {
  /** The stable code, `NL101`. */
  readonly rule: string;
  /** The rule's name, `eval-path-in-train-mode`. */
  readonly name: string;
  readonly span: Span;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Says what happens, in one sentence; what to do is a fix's title. */
  readonly message: string;
  readonly related: readonly Related[];
}

/** A measured finding: numbers of a run, with the line to change. */
export interface Verdict {
  readonly rule: string;
  readonly name: string;
  readonly severity: Severity;
  /** The layer's path in the model, `bn1`; empty where the whole model is meant. */
  readonly layer: string;
  readonly place: Place | null;
  readonly message: string;
  /** What was measured and what it was held against, by name. */
  readonly numbers: Readonly<Record<string, number>>;
}
