// Three kinds of failure, never mixed: the user's code is a Finding, what a person can put right is a
// UserError, and anything else is a bug.

/** Something a person can put right. The message says what was expected, what was found, and what to do. */
export class UserError extends Error {
  /** `area/reason`, stable; decisions are made on it, never on the message. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
    this.code = code;
  }
}

/** The work was stopped on purpose; never shown as a failure. */
export class Cancelled extends Error {
  constructor() {
    super('Cancelled.');
    this.name = 'Cancelled';
  }
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Cancelled();
}
