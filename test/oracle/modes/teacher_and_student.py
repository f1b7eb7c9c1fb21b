import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

teacher, student = Net(), Net()
teacher.eval()
student.train()
optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
for x, y in batches(3):
    with torch.no_grad():
        target = teacher(x)
    loss = F.mse_loss(student(x), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
student.eval()
for x, y in batches():
    print(student(x))
