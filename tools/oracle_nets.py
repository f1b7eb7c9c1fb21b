"""Whole nets as people write them: PyTorch records their training, and the reader reads this very file."""

import torch
from torch import nn
from torch.nn.utils import spectral_norm


class Classifier(nn.Module):
    """Tokens to classes, by an LSTM in both directions."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(12, 6)
        self.lstm = nn.LSTM(6, 5, num_layers=2, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(20)
        self.fc = nn.Linear(20, 3)

    def forward(self, tokens):
        states, (h_n, _) = self.lstm(self.embedding(tokens))
        last = torch.cat([h_n[-2], h_n[-1]], dim=1)
        return self.fc(self.norm(torch.cat([states.mean(1), last], dim=1)))


class Translator(nn.Module):
    """nn.Transformer, encoder and decoder, over one alphabet."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.position = nn.Parameter(torch.zeros(5, 8))
        self.transformer = nn.Transformer(
            8, 2, num_encoder_layers=2, num_decoder_layers=1, dim_feedforward=16, dropout=0.0, activation="gelu", batch_first=True
        )
        self.head = nn.Linear(8, 9)

    def forward(self, source, target):
        mask = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        source, target = (self.embedding(x) + self.position for x in (source, target))
        return self.head(self.transformer(source, target, tgt_mask=mask))


class Adversaries(nn.Module):
    """A generator with transposed convolutions, judged by a spectrally normalized discriminator."""

    def __init__(self):
        super().__init__()
        self.start = nn.Linear(4, 6 * 3 * 3)
        self.generator = nn.Sequential(
            nn.ConvTranspose2d(6, 4, 4, 2, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
            nn.ConvTranspose2d(4, 1, 4, 2, 1), nn.Tanh(),
        )
        self.discriminator = nn.Sequential(
            spectral_norm(nn.Conv2d(1, 4, 4, 2, 1)), nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(4, 6, 4, 2, 1)), nn.LeakyReLU(0.2),
            nn.Flatten(), spectral_norm(nn.Linear(6 * 3 * 3, 1)),
        )

    def forward(self, z):
        return self.discriminator(self.generator(self.start(z).view(-1, 6, 3, 3)))
