import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)

    def fit(self, epochs):
        for epoch in range(epochs):
            self.model.train()
            self.train_epoch()
            self.validate()

    def train_epoch(self):
        for x, y in batches():
            loss = F.cross_entropy(self.model(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        for x, y in batches():
            print(self.model(x).argmax(1))


trainer = Trainer(Net())
trainer.fit(2)
for x, y in batches():
    print(trainer.model(x))
