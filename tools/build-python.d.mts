/** Writes what is missing or stale under `out/python`. */
export function build(out: string): Promise<void>;
