"""Records what PyTorch computes, so that the engine can be tested without it.

    python3 tools/record-oracle.py test/oracle

writes one file for each layer and loss (inputs, state, outputs, gradients, buffers afterwards), optimizers.json
(ten steps each) and nets.json (twenty steps of whole nets). Layers are computed in float64, so that what differs is
the engine's rounding, not PyTorch's; optimizers and nets in float32. Inputs have three decimals, or are multiples of
1/64 where they lie far from zero, which float32 holds exactly; results have seven digits.
"""

import sys
from pathlib import Path

import torch
from oracle_breadth import record_breadth
from oracle_layers import record_computed, record_layers, record_losses, record_recurrent
from oracle_nets import Adversaries, Classifier, Translator
from oracle_recorder import SEED, Recorder, numbers, record, rounded
from torch import nn
from torch.nn import functional as F


def record_optimizers(to):
    cases = []
    sgd = [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}, {"momentum": 0.8, "dampening": 0.3},
           {"weight_decay": 0.1}, {"momentum": 0.9, "weight_decay": 0.05, "maximize": True}]
    adam = [{}, {"betas": [0.7, 0.95], "eps": 1e-3}, {"weight_decay": 0.1}, {"amsgrad": True}, {"maximize": True}]
    rmsprop = [{}, {"alpha": 0.9, "eps": 1e-3}, {"momentum": 0.9}, {"centered": True},
               {"centered": True, "momentum": 0.5, "weight_decay": 0.1}]
    adagrad = [{}, {"lr_decay": 0.1}, {"weight_decay": 0.1, "initial_accumulator_value": 0.5}, {"eps": 1e-2}]
    for name, options in [("SGD", {"lr": 0.1, **o}) for o in sgd] + [
        (kind, {"lr": 0.05, **o}) for kind in ["Adam", "AdamW"] for o in adam
    ] + [("RMSprop", {"lr": 0.02, **o}) for o in rmsprop] + [("Adagrad", {"lr": 0.1, **o}) for o in adagrad]:
        torch.manual_seed(SEED)
        parameter = nn.Parameter(rounded(torch.randn(9)))
        found = {"name": f"torch.optim.{name}", "args": options, "start": numbers(parameter), "gradients": [], "values": []}
        optimizer = getattr(torch.optim, name)([parameter], **options)
        for _ in range(10):
            parameter.grad = rounded(torch.randn(9))
            optimizer.step()
            found["gradients"].append(numbers(parameter.grad))
            found["values"].append(numbers(parameter))
        cases.append(found)
    to.write("optimizers", {"cases": cases})


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.bn1, self.fc2 = nn.Linear(10, 20), nn.BatchNorm1d(20), nn.Linear(20, 1)

    def forward(self, x):
        return self.fc2(F.relu(self.bn1(self.fc1(x))))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(2, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)
        self.conv2, self.bn2 = nn.Conv2d(6, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8)
        self.conv3, self.bn3 = nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.down, self.bn4 = nn.Conv2d(6, 8, 1, stride=2, bias=False), nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        y = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(x)))))
        x = F.relu(y + self.bn4(self.down(x)))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.token, self.position = nn.Embedding(11, 8), nn.Embedding(6, 8)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(8), nn.LayerNorm(8), nn.LayerNorm(8)
        self.query, self.value, self.out = (nn.Linear(8, 8) for _ in range(3))
        # A bias here changes nothing but rounding, which Adam would make steps of.
        self.key = nn.Linear(8, 8, bias=False)
        self.up, self.down, self.head = nn.Linear(8, 24), nn.Linear(24, 8), nn.Linear(8, 11)

    def forward(self, tokens, positions):
        B, T = tokens.shape
        x = self.token(tokens) + self.position(positions)
        y = self.norm1(x)
        q, k, v = (f(y).view(B, T, 2, 4).transpose(1, 2) for f in (self.query, self.key, self.value))
        scores = q @ k.transpose(-2, -1) / 2.0
        scores = scores.masked_fill(torch.ones(T, T).tril() == 0, float("-inf"))
        y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(B, T, 8)
        x = x + self.out(y)
        x = x + self.down(F.gelu(self.up(self.norm2(x))))
        return self.head(self.norm3(x))


LOSSES = {"mse": "mse_loss", "classes": "cross_entropy", "logits": "binary_cross_entropy_with_logits"}


def record_nets(to):
    def mse(output, target):
        return F.mse_loss(output, target)

    def classes(output, target):
        return F.cross_entropy(output.flatten(0, -2), target.flatten())

    positions = torch.arange(6).repeat(3, 1)
    nets = [
        ("mlp", Mlp, mse, "SGD", {"lr": 0.05, "momentum": 0.9}, lambda: [rounded(torch.randn(5, 10))], lambda: rounded(torch.randn(5, 1))),
        ("resnet", ResNet, classes, "SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 1e-3, "nesterov": True},
         lambda: [rounded(torch.randn(4, 2, 12, 12))], lambda: torch.randint(0, 3, (4,))),
        ("transformer", Transformer, classes, "AdamW", {"lr": 0.01},
         lambda: [torch.randint(0, 11, (3, 6)), positions], lambda: torch.randint(0, 11, (3, 6))),
    ]
    to.write("nets", {"nets": [twenty_steps(*net) for net in nets]})

    def tokens(*shape, high):
        return torch.randint(0, high, shape)

    def logits(output, target):
        return F.binary_cross_entropy_with_logits(output, target)

    momentum = {"lr": 0.05, "momentum": 0.9}
    read = [
        ("Classifier", Classifier, classes, "Adam", {"lr": 0.01}, lambda: [tokens(4, 7, high=12)], lambda: tokens(4, high=3)),
        ("Translator", Translator, classes, "SGD", momentum, lambda: [tokens(3, 5, high=9), tokens(3, 5, high=9)], lambda: tokens(3, 5, high=9)),
        ("Adversaries", Adversaries, logits, "SGD", momentum, lambda: [rounded(torch.randn(4, 4))], lambda: tokens(4, 1, high=2).float()),
    ]
    to.write("read-nets", {"nets": [twenty_steps(*net) for net in read]})


def twenty_steps(name, make, loss_of, optimizer_name, options, draw, draw_target):
    torch.manual_seed(SEED)
    net = make()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(rounded(parameter))
    start = {key: record(value) for key, value in net.state_dict().items()}
    optimizer = getattr(torch.optim, optimizer_name)(net.parameters(), **options)
    batches = [(draw(), draw_target()) for _ in range(4)]
    losses = []
    for step in range(20):
        inputs, target = batches[step % 4]
        optimizer.zero_grad()
        loss = loss_of(net(*inputs), target)
        loss.backward()
        optimizer.step()
        losses.append(float(f"{loss.item():.7g}"))
    net.eval()
    with torch.no_grad():
        output = net(*batches[0][0])
    return {
        "name": name, "loss": LOSSES[loss_of.__name__], "optimizer": {"target": f"torch.optim.{optimizer_name}", "args": options}, "start": start,
        "batches": [{"inputs": [record(x) for x in inputs], "target": record(target)} for inputs, target in batches],
        "losses": losses, "end": {key: numbers(value) for key, value in net.state_dict().items()},
        "evalOutput": numbers(output),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "test/oracle")
    torch.set_num_threads(1)
    recorder = Recorder(folder)
    record_layers(recorder)
    record_losses(recorder)
    record_recurrent(recorder)
    record_computed(recorder)
    record_breadth(recorder)
    recorder.finish()
    record_optimizers(recorder)
    record_nets(recorder)
    print(f"{sum(map(len, recorder.cases.values()))} cases of layers and losses")
