// What the user's own training code says about how the model is built and trained. Read from facts, given
// to the reader and the lab; every choice can be overridden and is shown. null: the code does not say.

export interface TrainingHints {
  /** `SimpleNet()`, as the file itself constructs the model it trains. */
  readonly construct: string | null;
  /** Batch size of the loader that feeds training. */
  readonly batch: number | null;
  /** PyTorch's full names: `torch.optim.SGD`, with the arguments that are literals. */
  readonly optimizer: { readonly target: string; readonly args: Readonly<Record<string, number | boolean>> } | null;
  /** `torch.nn.MSELoss`, `torch.nn.functional.cross_entropy`. */
  readonly loss: string | null;
  /** Of the loss's arguments, those that are literals, tensors of literals among them. */
  readonly lossArgs: Readonly<Record<string, number | readonly number[]>>;
}

export const NO_HINTS: TrainingHints = { construct: null, batch: null, optimizer: null, loss: null, lossArgs: {} };

/** What a file says, and where it is silent, what is said where its model is built. */
export function hintsWith(own: TrainingHints, builder: TrainingHints): TrainingHints {
  const { loss, lossArgs } = own.loss === null ? builder : own;
  return {
    construct: own.construct,
    batch: own.batch ?? builder.batch,
    optimizer: own.optimizer ?? builder.optimizer,
    loss,
    lossArgs,
  };
}
