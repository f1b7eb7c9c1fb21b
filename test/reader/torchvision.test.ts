// The networks of torchvision, built without it: names, shapes, first values, outputs and modules as the real ones
// (tools/record-torchvision.py).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { moduleCounts, outputShape } from '../../src/cli/model-numbers.ts';
import type { TensorInfo } from '../../src/graph/graph.ts';
import { initialValues } from '../../src/torch/init.ts';
import { net, read, readGraph } from './support.ts';

type RecordedTensor = readonly [name: string, shape: readonly number[], mean: number, std: number];

interface Recorded {
  readonly side: number;
  readonly parameters: readonly RecordedTensor[];
  readonly buffers: readonly RecordedTensor[];
  readonly train: readonly (readonly number[])[];
  readonly eval: readonly (readonly number[])[];
  readonly modules: Readonly<Record<string, number>>;
}

const recorded: Record<string, Recorded> = JSON.parse(
  readFileSync(new URL('../fixtures/torchvision.json', import.meta.url), 'utf8'),
);

suite('torchvision as it is', function () {
  this.timeout(60_000);
  for (const [name, expected] of Object.entries(recorded)) {
    test(name, async () => {
      const graph = await readGraph('from torchvision import models', {
        construct: `models.${name}(weights=None)`,
        input: `torch.randn(2, 3, ${expected.side}, ${expected.side})`,
      });
      for (const [kind, tensors] of [
        ['parameter', expected.parameters],
        ['buffer', expected.buffers],
      ] as const) {
        const found = graph.tensors.filter((tensor) => tensor.kind === kind);
        assert.deepEqual(
          found.map((tensor) => [tensor.name, tensor.shape]),
          tensors.map(([key, shape]) => [key, shape]),
        );
        for (const [i, tensor] of found.entries()) checkStart(tensor, tensors[i]);
      }
      assert.deepEqual(flatShapes(outputShape(graph)), expected.eval);
      assert.deepEqual(flatShapes(outputShape({ ...graph, eval: graph.train })), expected.train);
      assert.deepEqual(moduleCounts(graph), expected.modules);
      assert.deepEqual(graph.problems, []);
    });
  }

  test('layers, weights that are asked for, and what is not there', async () => {
    const text = net(
      `self.backbone = torchvision.models.resnet18(weights=ResNet18_Weights.DEFAULT)
self.backbone.fc = torchvision.ops.MLP(512, [8, 2])
self.size = T.Resize(224)`,
      'return self.backbone(x)',
      'import torchvision\nimport torchvision.transforms as T\nfrom torchvision.models import ResNet18_Weights, resnet',
    );
    const { graph, problems } = await read(text, { input: 'torch.randn(2, 3, 64, 64)' });
    assert.deepEqual(graph?.eval.at(-2)?.outputs[0]?.shape, [2, 2]);
    assert.deepEqual(
      problems.map(({ code, place }) => [code, place?.line]),
      [['model/loaded-weights', 10]],
    );
    const missing = await read('from torchvision import models', {
      construct: 'models.detection.fasterrcnn_resnet50_fpn()',
      input: 'torch.randn(1, 3, 64, 64)',
    });
    assert.equal(missing.graph, null);
    assert.match(missing.problems[0]?.message ?? '', /torchvision\.models\.detection/);
  });
});

suite('timm, as far as it is there', () => {
  test('layers under their old and new places', async () => {
    const text = net(
      `self.patch = PatchEmbed(32, 8, 3, 16)
self.pos = nn.Parameter(torch.zeros(1, self.patch.num_patches, 16))
trunc_normal_(self.pos, std=0.02)
self.blocks = nn.Sequential(*[Block(16, 2, qkv_bias=True, drop_path=rate) for rate in (0.0, 0.1)])
self.norm = LayerNorm2d(4)
self.act = create_act_layer('swish', inplace=True)
self.size = to_2tuple(3)`,
      `x = self.blocks(self.patch(x) + self.pos)
return self.act(self.norm(x.view(-1, 4, *self.patch.grid_size, 4).flatten(3)))`,
      `from timm.models.layers import trunc_normal_, to_2tuple
from timm.layers import LayerNorm2d, create_act_layer
from timm.models.vision_transformer import Block, PatchEmbed, _cfg
from timm.models.registry import register_model
from timm.data import IMAGENET_DEFAULT_MEAN`,
    );
    const graph = await readGraph(text, { input: 'torch.randn(2, 3, 32, 32)' });
    assert.deepEqual(graph.eval.at(-2)?.outputs[0]?.shape, [2, 4, 4, 16]);
    assert.equal(graph.tensors.find(({ name }) => name === 'blocks.1.attn.qkv.weight')?.shape[0], 48);
    assert.deepEqual(
      [graph.train, graph.eval].map((nodes) => nodes.filter(({ target }) => target.includes('bernoulli')).length),
      [2, 0],
    );
    assert.deepEqual(graph.problems, []);
  });

  test('a transformer of its own for images, and a class derived from it', async () => {
    const before = `from timm.models.vision_transformer import VisionTransformer
class Distilled(VisionTransformer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dist_token = nn.Parameter(torch.zeros(1, 1, self.embed_dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.patch_embed.num_patches + 2, self.embed_dim))
        self.apply(self._init_weights)
    def _pos_embed(self, x):
        tokens = [token.expand(x.shape[0], -1, -1) for token in (self.cls_token, self.dist_token)]
        return self.pos_drop(torch.cat([*tokens, x], 1) + self.pos_embed)`;
    const small = 'img_size=32, patch_size=8, embed_dim=16, depth=2, num_heads=2, num_classes=5';
    for (const [construct, tokens] of [
      [`VisionTransformer(${small})`, 17],
      [`Distilled(${small}, global_pool='avg')`, 18],
    ] as const) {
      const graph = await readGraph(net('pass', 'return x', before), { construct, input: 'torch.randn(2, 3, 32, 32)' });
      assert.deepEqual(graph.tensors.find(({ name }) => name === 'pos_embed')?.shape, [1, tokens, 16]);
      assert.deepEqual(graph.eval.at(-2)?.outputs[0]?.shape, [2, 5]);
      assert.deepEqual(graph.problems, []);
    }
  });

  test('what is not here of it is refused by name', async () => {
    for (const [construct, name] of [
      ["timm.create_model('resnet50d')", 'timm\\.create_model'],
      [
        'timm.models.vision_transformer.VisionTransformerDistilled()',
        'timm\\.models\\.vision_transformer\\.VisionTransformerDistilled',
      ],
      [
        'timm.models.vision_transformer.VisionTransformer(dynamic_img_size=True)',
        'VisionTransformer` of timm with `dynamic_img_size',
      ],
    ] as const) {
      const { graph, problems } = await read('import timm', { construct, input: 'torch.randn(1, 3, 64, 64)' });
      assert.equal(graph, null);
      assert.equal(problems[0]?.code, 'model/unsupported');
      assert.match(problems[0]?.message ?? '', new RegExp(name));
    }
  });
});

function flatShapes(shape: unknown): readonly (readonly number[])[] {
  if (!Array.isArray(shape)) return Object.values(shape ?? {}).flatMap(flatShapes);
  return shape.every((size) => typeof size === 'number') ? [shape] : shape.flatMap(flatShapes);
}

/** Larger tensors are of layers whose smaller ones are checked. */
const LARGEST = 50_000;

function checkStart({ name, shape, init }: TensorInfo, expected: RecordedTensor | undefined): void {
  const n = shape.reduce((a, b) => a * b, 1);
  if (expected === undefined || n > LARGEST) return;
  const [, , mean, std] = expected;
  const values = initialValues(init, shape, stream());
  const found = values.reduce((sum, v) => sum + v, 0) / n;
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - found) ** 2, 0) / n);
  // Both are samples: six standard errors of their difference.
  const error = (6 * Math.SQRT2 * Math.max(std, deviation)) / Math.sqrt(n) + 1e-5 + 1e-4 * Math.abs(mean);
  assert.ok(Math.abs(found - mean) <= error, `${name}: mean ${found}, and PyTorch ${mean}`);
  assert.ok(Math.abs(deviation - std) <= error, `${name}: deviation ${deviation}, and PyTorch ${std}`);
}

function stream() {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()) };
}
