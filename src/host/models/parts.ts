// What reads and shows models in the editor, in a bundle of its own: loaded when a model is first observed, pointed
// at, or its outline shown.

export { Models } from './models.ts';
export { Outline } from './outline.ts';
export { readSources } from './sources.ts';
