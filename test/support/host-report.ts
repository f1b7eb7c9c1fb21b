// How the suites in the extension host speak to the terminal: lines with a mark, as the window's console
// carries everybody's words.

import Mocha from 'mocha';

/** Begins each line meant for the terminal. */
export const REPORT = '│ ';

export class HostReporter extends Mocha.reporters.Base {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    let depth = 0;
    const say = (line: string) => console.log(`${REPORT}${'  '.repeat(depth)}${line}`);
    runner.on('suite', (suite) => {
      if (!suite.root) say(suite.title);
      depth++;
    });
    runner.on('suite end', () => {
      depth--;
    });
    runner.on('pass', (test) => say(`✔ ${test.title} (${test.duration ?? 0} ms)`));
    runner.on('fail', (test, error: Error) => {
      say(`✖ ${test.fullTitle()}`);
      for (const line of (error.stack ?? String(error)).split('\n')) say(`    ${line}`);
    });
  }
}
