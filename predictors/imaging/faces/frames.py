"""A plain convolutional network that reads pain from one picture."""

from __future__ import annotations

from torch import Tensor, nn

SIZES = 16, 32, 64
FEATURES = 64


class FrameNetwork(nn.Module):
    """Says how probable pain is and how intense it would be."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for a, b in zip((1, *SIZES), SIZES, strict=False):
            layers += [
                nn.Conv2d(a, b, 3, padding=1, bias=False),
                nn.BatchNorm2d(b),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ]
        self.seen = nn.Sequential(
            *layers,
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
            nn.Linear(16 * SIZES[-1], FEATURES),
            nn.ReLU(),
        )
        self.said = nn.Linear(FEATURES, 2)

    def features(self, images: Tensor) -> Tensor:
        """Return (images, features) of images (images, height, width)."""
        return self.seen(images[:, None] - 0.5)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logit of pain and the intensity, PSPI, each (images,)."""
        out = self.said(self.features(images))
        return out[:, 0], out[:, 1]
