import { expectRanks } from '../checks.ts';
import { type PadMode, pad } from '../compose/pad.ts';
import { layer } from '../layer.ts';
import { float, intTuple } from '../params.ts';

export const ZeroPad1d = zeros(1);
export const ZeroPad2d = zeros(2);
export const ZeroPad3d = zeros(3);
export const ConstantPad1d = constant(1);
export const ConstantPad2d = constant(2);
export const ConstantPad3d = constant(3);
export const ReflectionPad1d = repeating('ReflectionPad1d', 1, 'reflect');
export const ReflectionPad2d = repeating('ReflectionPad2d', 2, 'reflect');
export const ReflectionPad3d = repeating('ReflectionPad3d', 3, 'reflect');
export const ReplicationPad1d = repeating('ReplicationPad1d', 1, 'replicate');
export const ReplicationPad2d = repeating('ReplicationPad2d', 2, 'replicate');
export const ReplicationPad3d = repeating('ReplicationPad3d', 3, 'replicate');
export const CircularPad1d = repeating('CircularPad1d', 1, 'circular');
export const CircularPad2d = repeating('CircularPad2d', 2, 'circular');
export const CircularPad3d = repeating('CircularPad3d', 3, 'circular');

function zeros(n: number) {
  return layer({
    name: `torch.nn.ZeroPad${n}d`,
    args: { padding: intTuple(2 * n) },
    forward: (ops, { input }, _, { padding }) => pad(ops, input, padding, 'constant', 0),
  });
}

function constant(n: number) {
  return layer({
    name: `torch.nn.ConstantPad${n}d`,
    args: { padding: intTuple(2 * n), value: float() },
    forward: (ops, { input }, _, { padding, value }) => pad(ops, input, padding, 'constant', value),
  });
}

function repeating(name: string, n: number, mode: PadMode) {
  return layer({
    name: `torch.nn.${name}`,
    args: { padding: intTuple(2 * n) },
    check: ({ input }) => expectRanks(name, input, [n + 1, n + 2]),
    forward: (ops, { input }, _, { padding }) => pad(ops, input, padding, mode, 0),
  });
}
