// What a file tells other files: its classes as PyTorch sees them, what its functions do to the modules they are
// given, and where the names it passes on come from. Plain data.

import type { Sensitivity } from './layers.ts';

/** What a function leaves behind of a module it was given. */
export interface ParameterEffect {
  readonly name: string;
  /** Training, evaluation, as it came, or not known. */
  readonly exit: 'T' | 'E' | 'U' | 'X';
  /** It is run in evaluation mode, without gradients or over held-out data, and nothing is trained. */
  readonly evaluated: boolean;
}

export interface ClassSummary {
  readonly isModule: boolean;
  readonly isManaged: boolean;
  readonly sensitivity: Sensitivity;
  /** Its constructor takes parameters of BatchNorm out of training, and nothing keeps that BatchNorm in eval mode. */
  readonly freezesNorms: boolean;
}

export interface FunctionSummary {
  readonly params: readonly ParameterEffect[];
  readonly makes: MadeModule | null;
}

/** A module that a function makes and returns. */
export interface MadeModule {
  readonly sensitivity: Sensitivity;
  readonly mode: 'T' | 'E' | 'X';
  readonly freezesNorms: boolean;
  /** Its class, where that is one of the function's file; several where the function chooses. */
  readonly of: readonly string[];
}

/** What stands at the top of a file, going by the file alone. */
export interface FileOutline {
  readonly classes: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  /** Names that come from elsewhere, by their full names: `UNet` is `.unet.UNet`. */
  readonly passedOn: ReadonlyMap<string, string>;
  /** `from .blocks import *`. */
  readonly stars: readonly string[];
}

/** The other files, as one of them sees them. */
export interface Neighbors {
  /** `models.unet.UNet`, `.unet.UNet`; null where no file of the workspace says. */
  classOf(name: string): ClassSummary | null;
  functionOf(name: string): FunctionSummary | null;
}

export const ALONE: Neighbors = { classOf: () => null, functionOf: () => null };
