"""PyTorch's side of the engine's benchmark: reads `net rounds` lines, with `net/1` for one sample's inference, answers milliseconds a step: of CPU with one thread, of the clock with as many as the argument says."""

import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
torch.set_num_threads(THREADS)
now = time.process_time if THREADS == 1 else time.perf_counter
torch.manual_seed(0)


def mlp(*widths):
    layers = []
    for a, b in zip(widths[:-2], widths[1:-1]):
        layers += [nn.Linear(a, b), nn.BatchNorm1d(b), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(*widths[-2:]))


def cnn():
    layers = []
    for a, b, stride in [(1, 16, 1), (16, 32, 2), (32, 64, 2)]:
        layers += [nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class Block(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b)
        self.conv2, self.bn2 = nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b)
        plain = stride == 1 and a == b
        self.down = nn.Identity() if plain else nn.Sequential(nn.Conv2d(a, b, 1, stride, bias=False), nn.BatchNorm2d(b))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.down(x))


def resnet20():
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    width = 16
    for to, first in [(16, 1), (32, 2), (64, 2)]:
        for i in range(3):
            layers.append(Block(width, to, first if i == 0 else 1))
            width = to
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.ModuleDict({
                "norm1": nn.LayerNorm(128), "norm2": nn.LayerNorm(128), "query": nn.Linear(128, 128),
                "key": nn.Linear(128, 128, bias=False), "value": nn.Linear(128, 128), "out": nn.Linear(128, 128),
                "up": nn.Linear(128, 512), "down": nn.Linear(512, 128),
            }) for _ in range(2)
        )
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        B, T, C = x.shape
        for m in self.blocks:
            y = m["norm1"](x)
            q, k, v = (m[name](y).view(B, T, 4, 32).transpose(1, 2) for name in ("query", "key", "value"))
            y = ((q @ k.transpose(-2, -1) / 32**0.5).softmax(-1) @ v).transpose(1, 2).reshape(B, T, C)
            x = x + m["out"](y)
            x = x + m["down"](F.gelu(m["up"](m["norm2"](x))))
        return self.head(x.mean(1))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.fc = nn.LSTM(64, 128, batch_first=True), nn.Linear(128, 10)

    def forward(self, x):
        return self.fc(self.rnn(x)[1][0][-1])


class NormedLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.wx, self.wh = nn.Linear(64, 512, bias=False), nn.Linear(128, 512, bias=False)
        self.norm_x, self.norm_h, self.norm_c = nn.LayerNorm(512), nn.LayerNorm(512), nn.LayerNorm(128)
        self.fc = nn.Linear(128, 10)

    def forward(self, x):
        h = c = x.new_zeros(x.shape[0], 128)
        for t in range(x.shape[1]):
            i, f, g, o = (self.norm_x(self.wx(x[:, t])) + self.norm_h(self.wh(h))).chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * self.norm_c(c).tanh()
        return self.fc(h)


NETS = {
    "W1": (lambda: mlp(10, 20, 1), (5, 10), 1),
    "W2": (lambda: mlp(784, 256, 256, 10), (64, 784), 10),
    "W3": (cnn, (64, 1, 28, 28), 10),
    "W4": (resnet20, (32, 3, 32, 32), 10),
    "W5": (Encoder, (16, 64, 128), 10),
    "W6": (Lstm, (32, 32, 64), 10),
    "W6N": (NormedLstm, (32, 32, 64), 10),
}
BATCHES = 16
ready = {}


def prepare_one(name):
    make, shape, _ = NETS[name]
    net = make().eval()
    x = torch.randn(1, *shape[1:])

    def infer():
        with torch.no_grad():
            net(x)

    return infer


def prepare(name):
    make, shape, classes = NETS[name]
    net = make()
    batches = []
    for _ in range(BATCHES):
        target = torch.randn(shape[0], 1) if classes == 1 else torch.randint(classes, (shape[0],))
        batches.append((torch.randn(shape), target))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    steps = 0

    def step():
        nonlocal steps
        x, target = batches[steps % BATCHES]
        steps += 1
        optimizer.zero_grad()
        output = net(x)
        loss = F.mse_loss(output, target) if classes == 1 else F.cross_entropy(output, target)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


for line in sys.stdin:
    name, count = line.split()
    if name not in ready:
        ready[name] = prepare_one(name[:-2]) if name.endswith("/1") else prepare(name)
        for _ in range(3):
            ready[name]()
    start = now()
    for _ in range(int(count)):
        ready[name]()
    print((now() - start) / int(count) * 1000, flush=True)
