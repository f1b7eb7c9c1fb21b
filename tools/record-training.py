"""Records what stands around an optimizer: schedules, clipping, accumulation, averages.

    python tools/record-training.py [test/oracle]

writes training.json: the rates of every schedule for some steps, and small runs of one net under each recipe.
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import lr_scheduler

SEED = 20
STEPS = 24


def numbers(tensor):
    return [float(f"{value:.8g}") for value in tensor.detach().double().flatten().tolist()]


def schedules():
    cases = [
        ("StepLR", {"step_size": 5, "gamma": 0.3}), ("MultiStepLR", {"milestones": [3, 9, 10], "gamma": 0.5}),
        ("ExponentialLR", {"gamma": 0.9}), ("ConstantLR", {"factor": 0.25, "total_iters": 6}),
        ("LinearLR", {"start_factor": 0.1, "end_factor": 0.8, "total_iters": 10}),
        ("PolynomialLR", {"total_iters": 12, "power": 2.0}), ("CosineAnnealingLR", {"T_max": 10, "eta_min": 0.01}),
        ("CosineAnnealingWarmRestarts", {"T_0": 4, "T_mult": 2, "eta_min": 0.001}),
        ("OneCycleLR", {"max_lr": 0.5, "total_steps": STEPS}),
        ("OneCycleLR", {"max_lr": 0.5, "epochs": 6, "steps_per_epoch": 4, "anneal_strategy": "linear", "three_phase": True}),
        ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.2, "step_size_up": 4, "step_size_down": 6}),
        ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.2, "step_size_up": 5, "mode": "triangular2"}),
        ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.2, "step_size_up": 5, "mode": "exp_range", "gamma": 0.95, "cycle_momentum": False}),
    ]
    for name, args in cases:
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
        schedule = getattr(lr_scheduler, name)(optimizer, **args)
        rates = []
        for _ in range(STEPS):
            group = optimizer.param_groups[0]
            rates.append([float(f"{group['lr']:.10g}"), float(f"{group['momentum']:.10g}")])
            optimizer.step()
            if len(rates) < STEPS:
                schedule.step()
        yield {"target": f"torch.optim.lr_scheduler.{name}", "args": args, "rates": rates}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.bn1, self.fc2 = nn.Linear(10, 20), nn.BatchNorm1d(20), nn.Linear(20, 1)

    def forward(self, x):
        return self.fc2(F.relu(self.bn1(self.fc1(x))))


def runs():
    # eps keeps the optimizers from making steps of the rounding in the gradient of a bias before BatchNorm.
    cosine = {"target": "torch.optim.lr_scheduler.CosineAnnealingLR", "args": {"T_max": 6}}
    cases = [
        ("SGD", {"lr": 0.1, "momentum": 0.9}, {"clip": {"by": "norm", "max": 0.3}}),
        ("SGD", {"lr": 0.1}, {"clip": {"by": "value", "max": 0.02}}),
        ("SGD", {"lr": 0.1, "momentum": 0.9}, {"accumulate": 3}),
        ("AdamW", {"lr": 0.02, "eps": 1e-3}, {"accumulate": 2, "clip": {"by": "norm", "max": 0.5}, "schedule": cosine}),
        ("RMSprop", {"lr": 0.01, "eps": 1e-3}, {"ema": 0.8}),
    ]
    for name, options, recipe in cases:
        torch.manual_seed(SEED)
        net = Net()
        optimizer = getattr(torch.optim, name)(net.parameters(), **options)
        start = {key: {"shape": list(value.shape), "data": numbers(value)} for key, value in net.state_dict().items()}
        schedule = recipe.get("schedule")
        scheduler = schedule and lr_scheduler.CosineAnnealingLR(optimizer, **schedule["args"])
        count = recipe.get("accumulate", 1)
        batches, losses, norms, average = [], [], [], None
        for _ in range(8):
            optimizer.zero_grad()
            for _ in range(count):
                x, y = torch.randn(5, 10).round(decimals=3), torch.randn(5, 1).round(decimals=3)
                loss = F.mse_loss(net(x), y)
                (loss / count).backward()
                batches.append([numbers(x), numbers(y)])
                losses.append(float(f"{loss.item():.8g}"))
            clip = recipe.get("clip")
            if clip and clip["by"] == "norm":
                norms.append(float(f"{nn.utils.clip_grad_norm_(net.parameters(), clip['max']):.8g}"))
            elif clip:
                nn.utils.clip_grad_value_(net.parameters(), clip["max"])
            optimizer.step()
            scheduler and scheduler.step()
            if "ema" in recipe:
                now = {key: value.detach().clone() for key, value in net.named_parameters()}
                decay = recipe["ema"]
                average = now if average is None else {k: decay * average[k] + (1 - decay) * now[k] for k in now}
        yield {
            "optimizer": {"target": f"torch.optim.{name}", "args": options}, "recipe": recipe, "start": start,
            "batches": batches, "losses": losses, "norms": norms,
            "end": {key: numbers(value) for key, value in net.state_dict().items()},
            "average": average and {key: numbers(value) for key, value in average.items()},
        }


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "test/oracle")
    torch.set_num_threads(1)
    found = {"torch": torch.__version__, "seed": SEED, "schedules": list(schedules()), "runs": list(runs())}
    (folder / "training.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
