"""A small network with three faults that no exception reports. Norm Lab underlines them.

Runs with PyTorch, needs no data: `python simple_net.py`.
"""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class SimpleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 20)
        self.bn1 = nn.BatchNorm1d(20)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(20, 1)
        nn.init.constant_(self.fc1.weight, 0.1)

    def forward(self, x):
        x = self.fc1(x)
        x = self.bn1(x)
        x = self.relu(x)
        return self.fc2(x)


def make_data(samples, seed):
    """Ten features of different scale; the target depends on four of them, with noise."""
    generator = torch.Generator().manual_seed(seed)
    scales = torch.linspace(0.5, 3.0, 10)
    x = torch.randn(samples, 10, generator=generator) * scales
    y = torch.sin(x[:, 0]) + 0.5 * x[:, 1] * x[:, 2] - 0.3 * x[:, 3]
    y = y + 0.5 * torch.randn(samples, generator=generator)
    return TensorDataset(x, y.unsqueeze(1))


def validate(model, loader, criterion):
    total = 0.0
    with torch.no_grad():
        for x, y in loader:
            total += criterion(model(x), y).item() * len(x)
    return total / len(loader.dataset)


def main(epochs=20):
    torch.manual_seed(0)
    train_loader = DataLoader(make_data(400, seed=1), batch_size=5, shuffle=True)
    val_loader = DataLoader(make_data(100, seed=2), batch_size=50)

    model = SimpleNet()
    criterion = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

    for epoch in range(epochs):
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch + 1:2d}  validation loss {validate(model, val_loader, criterion):.4f}")


if __name__ == "__main__":
    main()
