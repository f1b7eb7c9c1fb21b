// The notebook's renderer for `application/vnd.norm-lab.v1+json`. The output carries everything, so nothing is
// asked of the extension: it draws the same in a reopened or exported notebook.

import { render } from 'preact';
import type { ActivationFunction, OutputItem } from 'vscode-notebook-renderer';
import type { Disposable } from '../../src/base/disposable.ts';
import type { CellOutput } from '../../src/protocol/messages.ts';
import commonCss from '../common.css';
import { adoptStyle } from '../dom.ts';
import { readTheme, watchTheme } from '../theme.ts';
import rendererCss from './renderer.css';
import { type CellLook, CellView, FIRST_LOOK } from './view.tsx';

const BEHIND = ['notebook-outputContainerBackgroundColor', 'notebook-editorBackground', 'editor-background'];

export const activate: ActivationFunction = () => {
  adoptStyle(commonCss);
  adoptStyle(rendererCss);
  /** By cell: a running cell's output is replaced again and again, and one keeps looking at the same thing. */
  const looks = new Map<string, CellLook>();
  const shown = new Map<string, { readonly element: HTMLElement; readonly watch: Disposable }>();

  const dispose = (id: string) => {
    const item = shown.get(id);
    if (!item) return;
    shown.delete(id);
    item.watch.dispose();
    render(null, item.element);
  };

  return {
    renderOutputItem(item: OutputItem, element: HTMLElement) {
      const before = shown.get(item.id);
      if (before && before.element !== element) dispose(item.id);
      const output = readOutput(item);
      const draw = () => {
        if (typeof output === 'string') {
          render(<p class="nl-root nl-failure">{output}</p>, element);
          return;
        }
        render(
          <CellView
            output={output}
            theme={readTheme(BEHIND)}
            look={looks.get(output.cell) ?? FIRST_LOOK}
            change={(look) => {
              looks.set(output.cell, look);
              draw();
            }}
          />,
          element,
        );
      };
      shown.get(item.id)?.watch.dispose();
      shown.set(item.id, { element, watch: watchTheme(draw) });
      draw();
    },

    disposeOutputItem(id?: string) {
      for (const key of id === undefined ? [...shown.keys()] : [id]) dispose(key);
    },
  };
};

/** The output, or a sentence on why it cannot be shown. */
function readOutput(item: OutputItem): CellOutput | string {
  const value: unknown = JSON.parse(item.text(), reviveNumber);
  if (typeof value !== 'object' || value === null || !('version' in value)) {
    return 'This output is not a result of Norm Lab. Run the cell again.';
  }
  if (value.version !== 1) {
    return `This result was written in format ${String(value.version)}, by a newer Norm Lab; this one reads format 1. Update the extension, or run the cell again.`;
  }
  return value as CellOutput;
}

/** JSON has no NaN and no infinity; stored results say `{"number": "NaN"}`, as the sidecar does. */
function reviveNumber(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('number' in value)) return value;
  return typeof value.number === 'string' ? Number(value.number) : value;
}
