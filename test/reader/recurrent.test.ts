// Recurrent layers as users write them: tuples through subscripts, states of their own, packed sequences.

import assert from 'node:assert/strict';
import type { Graph } from '../../src/graph/graph.ts';
import { net, read, readGraph } from './support.ts';

const calls = (graph: Graph) => graph.train.filter(({ op }) => op.startsWith('call'));
const shapes = (graph: Graph) => Object.fromEntries(graph.tensors.map(({ name, shape }) => [name, shape]));
const output = (graph: Graph) => {
  const returned = graph.train.find(({ op }) => op === 'output')?.args['output'];
  const { node, index } = returned as { node: string; index?: number };
  return graph.train.find(({ name }) => name === node)?.outputs[index ?? 0]?.shape;
};

suite('recurrent layers', () => {
  test('an LSTM of two layers in both directions, by its last state', async () => {
    const text = net(
      `self.lstm = nn.LSTM(8, 6, num_layers=2, batch_first=True, bidirectional=True, dropout=0.3)
self.fc = nn.Linear(2 * self.lstm.hidden_size, 3)`,
      `self.lstm.flatten_parameters()
out, (h_n, c_n) = self.lstm(x)
return self.fc(torch.cat([h_n[-2], h_n[-1]], dim=1))`,
    );
    const graph = await readGraph(text, { input: 'torch.randn(4, 7, 8)' });
    assert.deepEqual(output(graph), [4, 3]);
    const lstm = calls(graph).find(({ target }) => target === 'lstm');
    assert.deepEqual(
      lstm?.outputs.map(({ shape }) => shape),
      [
        [4, 7, 12],
        [4, 4, 6],
        [4, 4, 6],
      ],
    );
    const names = graph.tensors.map(({ name }) => name).filter((name) => name.startsWith('lstm'));
    assert.deepEqual(names.slice(0, 8), [
      'lstm.weight_ih_l0',
      'lstm.weight_hh_l0',
      'lstm.bias_ih_l0',
      'lstm.bias_hh_l0',
      'lstm.weight_ih_l0_reverse',
      'lstm.weight_hh_l0_reverse',
      'lstm.bias_ih_l0_reverse',
      'lstm.bias_hh_l0_reverse',
    ]);
    assert.deepEqual(shapes(graph)['lstm.weight_ih_l1'], [24, 12]);
    const bound = 1 / Math.sqrt(6);
    assert.deepEqual(graph.tensors.find(({ name }) => name === 'lstm.bias_hh_l1')?.init[0]?.args, {
      a: -bound,
      b: bound,
    });
    assert.deepEqual(graph.problems, []);
  });

  test('states given, and initialized by the user', async () => {
    const text = net(
      `self.rnn = nn.GRU(5, 4)
for name, p in self.rnn.named_parameters():
    if 'weight_hh' in name:
        nn.init.orthogonal_(p)
    elif 'bias' in name:
        nn.init.zeros_(p)`,
      `h0 = torch.zeros(1, x.size(1), self.rnn.hidden_size)
return self.rnn(x, h0)[0]`,
    );
    const graph = await readGraph(text, { input: 'torch.randn(7, 3, 5)' });
    assert.deepEqual(output(graph), [7, 3, 4]);
    const inits = Object.fromEntries(graph.tensors.map(({ name, init }) => [name, init.at(-1)?.target]));
    assert.equal(inits['rnn.weight_hh_l0'], 'torch.nn.init.orthogonal_');
    assert.equal(inits['rnn.weight_ih_l0'], 'torch.nn.init.uniform_');
  });

  test('a cell in a loop', async () => {
    const text = net(
      'self.cell = nn.LSTMCell(4, 6)\nself.fc = nn.Linear(6, 2)',
      `h = torch.zeros(x.size(0), 6)
c = torch.zeros(x.size(0), 6)
for t in range(x.size(1)):
    h, c = self.cell(x[:, t], (h, c))
return self.fc(h)`,
    );
    const graph = await readGraph(text, { input: 'torch.randn(3, 5, 4)' });
    assert.equal(calls(graph).filter(({ target }) => target === 'cell').length, 5);
    assert.deepEqual(output(graph), [3, 2]);
  });

  test('packed sequences keep their lengths', async () => {
    const before = 'from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence';
    const text = net(
      'self.rnn = nn.LSTM(4, 6, batch_first=True, bidirectional=True)',
      `packed = pack_padded_sequence(x, [5] * x.size(0), batch_first=True)
out, (h, c) = self.rnn(packed)
out, lengths = pad_packed_sequence(out, batch_first=True)
return out`,
      before,
    );
    const input = 'torch.randn(2, 6, 4)';
    const lengthsOf = (graph: Graph) => calls(graph).find(({ target }) => target === 'rnn')?.args['lengths'];
    const graph = await readGraph(text, { input });
    assert.deepEqual(output(graph), [2, 5, 12]);
    assert.ok(lengthsOf(graph));
    assert.equal(lengthsOf(await readGraph(text.replace('[5]', '[6]'), { input })), undefined);

    const given = text.replace('(self, x)', '(self, x, n)').replace('[5] * x.size(0)', 'n.cpu()');
    const dynamic = await readGraph(given, { input: '(torch.randn(2, 6, 4), torch.tensor([5, 3]))' });
    assert.deepEqual(output(dynamic), [2, 6, 12]);
    assert.deepEqual(lengthsOf(dynamic), { node: 'n' });
    assert.deepEqual(
      dynamic.problems.map(({ code }) => code),
      ['model/packed-length'],
    );

    const refused = async (changed: string, message: RegExp) => {
      const { problems } = await read(changed, { input });
      assert.match(problems.map((problem) => problem.message).join(), message);
    };
    await refused(text.replace('[5] *', '[7] *'), /at most 6/);
    await refused(text.replace('[5] * x.size(0)', 'list(range(1, 1 + x.size(0)))'), /sorted in decreasing order/);
    await refused(
      text.replace('pad_packed_sequence(out, batch_first=True)', 'out.data, 0'),
      /`data` of a `PackedSequence`/,
    );
  });

  test('a wrong input is refused in the layer’s words', async () => {
    const { problems } = await read(net('self.rnn = nn.RNN(5, 4)', 'return self.rnn(x)[0]'), {
      input: 'torch.randn(7, 3, 6)',
    });
    assert.match(problems[0]?.message ?? '', /RNN expects an input of shape \[T, N, C\] .* C = 5, and got \[7, 3, 6\]/);
  });
});
