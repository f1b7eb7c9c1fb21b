import { expectArgument, uniform } from '../checks.ts';
import { type RecurrentArguments, recurrentCell, recurrentLayer } from '../compose/recurrent.ts';
import { layer, parameter, type StateTensor } from '../layer.ts';
import type { RecurrentMode } from '../ops.ts';
import { bool, float, ignored, int, oneOf, optionalTensor, optionalTensors, tensor } from '../params.ts';
import { GATES } from '../shapes/recurrent.ts';

const place = { device: ignored(), dtype: ignored() };
const sizes = { input_size: int(), hidden_size: int(), num_layers: int(1) };
const options = { bias: bool(true), batch_first: bool(false), dropout: float(0), bidirectional: bool(false) };
const nonlinearity = oneOf(['tanh', 'relu'], 'tanh');
/** Of a packed sequence: how many steps of each padded one count. */
const lengths = optionalTensor();

export const RNN = layer({
  name: 'torch.nn.RNN',
  args: { ...sizes, nonlinearity, ...options, ...place },
  call: { input: tensor(), hx: optionalTensor(), lengths },
  state: (args) => stateOf('RNN', modeOf(args), { ...args, proj_size: 0 }),
  forward(ops, { input, hx, ...call }, state, args, { training }) {
    const whole = { ...args, name: 'RNN', mode: modeOf(args), proj_size: 0, training };
    const { output, h_n } = recurrentLayer(ops, { input, h0: hx, c0: null, ...call }, state, whole);
    return [output, h_n];
  },
});

export const LSTM = layer({
  name: 'torch.nn.LSTM',
  args: { ...sizes, ...options, proj_size: int(0), ...place },
  call: { input: tensor(), hx: optionalTensors(2), lengths },
  state: (args) => stateOf('LSTM', 'LSTM', args),
  forward(ops, { input, hx, ...call }, state, args, { training }) {
    const whole = { ...args, name: 'LSTM', mode: 'LSTM', training } as const;
    const states = { h0: hx?.[0] ?? null, c0: hx?.[1] ?? null };
    const { output, h_n, c_n } = recurrentLayer(ops, { input, ...states, ...call }, state, whole);
    return [output, [h_n, c_n]];
  },
});

export const GRU = layer({
  name: 'torch.nn.GRU',
  args: { ...sizes, ...options, ...place },
  call: { input: tensor(), hx: optionalTensor(), lengths },
  state: (args) => stateOf('GRU', 'GRU', { ...args, proj_size: 0 }),
  forward(ops, { input, hx, ...call }, state, args, { training }) {
    const whole = { ...args, name: 'GRU', mode: 'GRU', proj_size: 0, training } as const;
    const { output, h_n } = recurrentLayer(ops, { input, h0: hx, c0: null, ...call }, state, whole);
    return [output, h_n];
  },
});

const cellArguments = { input_size: int(), hidden_size: int(), bias: bool(true) };

export const RNNCell = layer({
  name: 'torch.nn.RNNCell',
  args: { ...cellArguments, nonlinearity, ...place },
  call: { input: tensor(), hx: optionalTensor() },
  state: (args) => cellState(modeOf(args), args),
  forward: (ops, { input, hx }, state, args) =>
    recurrentCell(ops, { input, h0: hx, c0: null }, state, { ...args, name: 'RNNCell', mode: modeOf(args) })[0],
});

export const LSTMCell = layer({
  name: 'torch.nn.LSTMCell',
  args: { ...cellArguments, ...place },
  call: { input: tensor(), hx: optionalTensors(2) },
  state: (args) => cellState('LSTM', args),
  forward: (ops, { input, hx }, state, args) =>
    recurrentCell(ops, { input, h0: hx?.[0] ?? null, c0: hx?.[1] ?? null }, state, {
      ...args,
      name: 'LSTMCell',
      mode: 'LSTM',
    }),
});

export const GRUCell = layer({
  name: 'torch.nn.GRUCell',
  args: { ...cellArguments, ...place },
  call: { input: tensor(), hx: optionalTensor() },
  state: (args) => cellState('GRU', args),
  forward: (ops, { input, hx }, state, args) =>
    recurrentCell(ops, { input, h0: hx, c0: null }, state, { ...args, name: 'GRUCell', mode: 'GRU' })[0],
});

function modeOf({ nonlinearity }: { readonly nonlinearity: 'tanh' | 'relu' }): RecurrentMode {
  return nonlinearity === 'tanh' ? 'RNN_TANH' : 'RNN_RELU';
}

type Sizes = Pick<RecurrentArguments, 'input_size' | 'hidden_size' | 'num_layers' | 'bidirectional' | 'proj_size'>;

/** In PyTorch's order; all are drawn uniformly within ±1/√hidden_size. */
function stateOf(
  name: string,
  mode: RecurrentMode,
  {
    input_size,
    hidden_size: H,
    num_layers,
    bidirectional,
    proj_size,
    ...rest
  }: Sizes & { bias: boolean; dropout: number },
): Readonly<Record<string, StateTensor>> {
  expectArgument(rest.dropout >= 0 && rest.dropout <= 1, `${name} expects a dropout from 0 to 1`, String(rest.dropout));
  expectArgument(H > 0, `${name} expects a positive hidden_size`, String(H));
  expectArgument(num_layers > 0, `${name} expects a positive num_layers`, String(num_layers));
  expectArgument(
    proj_size >= 0 && proj_size < H,
    `${name} expects a proj_size from 0 to below the hidden_size ${H}`,
    String(proj_size),
  );
  const state: Record<string, StateTensor> = {};
  const directions = bidirectional ? ['', '_reverse'] : [''];
  for (let i = 0; i < num_layers; i++) {
    const features = i === 0 ? input_size : (proj_size || H) * directions.length;
    for (const direction of directions)
      for (const [key, shape] of shapesOf(mode, features, H, { bias: rest.bias, proj_size }))
        state[`${key}_l${i}${direction}`] = parameter(shape, uniform(H));
  }
  return state;
}

function cellState(
  mode: RecurrentMode,
  {
    input_size,
    hidden_size,
    bias,
  }: { readonly input_size: number; readonly hidden_size: number; readonly bias: boolean },
): Readonly<Record<string, StateTensor | null>> {
  const shapes = shapesOf(mode, input_size, hidden_size, { bias: true, proj_size: 0 });
  return Object.fromEntries(
    shapes.map(([key, shape]) => [
      key,
      bias || key.startsWith('weight') ? parameter(shape, uniform(hidden_size)) : null,
    ]),
  );
}

function shapesOf(
  mode: RecurrentMode,
  features: number,
  H: number,
  { bias, proj_size }: { readonly bias: boolean; readonly proj_size: number },
): [string, readonly number[]][] {
  const width = GATES[mode] * H;
  return [
    ['weight_ih', [width, features]],
    ['weight_hh', [width, proj_size || H]],
    ...(bias
      ? ([
          ['bias_ih', [width]],
          ['bias_hh', [width]],
        ] satisfies [string, number[]][])
      : []),
    ...(proj_size > 0 ? ([['weight_hr', [proj_size, H]]] satisfies [string, number[]][]) : []),
  ];
}
