// The several homes of one function.

/** `torch.relu` and `torch.Tensor.relu`, for each word. */
export function everywhere(...words: readonly string[]): string[] {
  return words.flatMap((word) => [`torch.${word}`, `torch.Tensor.${word}`]);
}

export function methods(...words: readonly string[]): string[] {
  return words.map((word) => `torch.Tensor.${word}`);
}

/** The operators of Python: `torch.Tensor.__add__`. */
export function operators(...words: readonly string[]): string[] {
  return words.map((word) => `torch.Tensor.__${word}__`);
}
