// Whole nets from their Python text to trained weights: read here, trained by the engine, compared with PyTorch.

import { readFileSync } from 'node:fs';
import { checkNet, recordedNets } from '../engine/net-oracle.ts';
import { currentKernels } from '../engine/support.ts';
import { readGraph } from './support.ts';

const text = readFileSync(new URL('../../tools/oracle_nets.py', import.meta.url), 'utf8');
const kernels = currentKernels();

const INPUTS: Readonly<Record<string, string>> = {
  Classifier: 'torch.randint(0, 12, (4, 7))',
  Translator: '(torch.randint(0, 9, (3, 5)), torch.randint(0, 9, (3, 5)))',
  Adversaries: 'torch.randn(4, 4)',
};

suite('nets that were read: twenty steps as PyTorch', () => {
  for (const net of recordedNets('read-nets.json'))
    for (const [backend, module] of [['reference', null], ...Object.entries(kernels)] as const)
      test(`${net.name} (${backend})`, async () => {
        const graph = await readGraph(text, { construct: `${net.name}()`, input: INPUTS[net.name] ?? '' });
        checkNet(net, graph, module);
      });
});
