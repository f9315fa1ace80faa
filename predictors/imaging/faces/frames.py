"""A plain convolutional network that reads pain from one picture, whose light was evened."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from predictors.imaging.faces.light import evened

SIZES = 16, 32, 64
FEATURES = 64
STEP = 2e-3  # of its descent: larger ones leave some trainings with nothing that tells pain
WEIGHT = 0.1  # of the intensity's squared error beside the log loss of pain (choice)


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
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # half the time on a processor

    def features(self, images: Tensor) -> Tensor:
        """Return (images, features) of images (images, height, width)."""
        return self.seen(evened(images)[:, None])

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logit of pain and the intensity, PSPI, each (images,)."""
        return self.told(self.features(images))

    def told(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return the same of features, (..., features), each (...)."""
        logit, intensity = self.said(features).unbind(-1)
        return logit, intensity


def missed(said: tuple[Tensor, Tensor], wanted: Tensor) -> Tensor:
    """Return what a network is to lower: log loss of pain, and how far the intensity is off; all (images,)."""
    pain, intensity = said
    off = (intensity - wanted).square().mean()
    return functional.binary_cross_entropy_with_logits(pain, (wanted > 0.0).float()) + WEIGHT * off
