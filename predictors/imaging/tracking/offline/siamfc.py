"""A small network after SiamFC (Bertinetto, ECCV 2016): both frames seen by the same layers, one slid over the other.

The paper's network is AlexNet, and learned from other films; layers here are few, and nothing is renewed
while following.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from predictors.imaging.tracking.pairs import Pairs
from predictors.imaging.tracking.windows import peak, shifted, window

TEMPLATE, SEARCHED = 32, 56  # samples of the windows' sides
TIMES = 2.0  # boxes that the template shows; the other window is larger in proportion
STRIDE = 2  # samples from answer to answer
FINE = 4  # answers between answers, when following
SPREAD = 1.2  # SD of the wanted answer, answers
FAR = 0.3  # of a logit's SD, how much less likely the farthest answers are (choice)


class SiameseNetwork(nn.Module):
    """Answers for each place of a window how well the template lies there."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs, halved in ((1, 16, True), (16, 32, False), (32, 32, False)):
            layers += [
                nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
            ]
            layers += [nn.MaxPool2d(STRIDE)] if halved else []
        self.seen = nn.Sequential(*layers[:-1])  # answers may be negative
        self.scale, self.level = nn.Parameter(torch.ones(())), nn.Parameter(torch.zeros(()))

    def described(self, windows: Tensor) -> Tensor:
        """Return features of windows (pairs, side, side)."""
        return self.seen(windows[:, None] - 0.5)

    def forward(self, template: Tensor, searched: Tensor) -> Tensor:
        """Return logits, (pairs, places, places), of features of the template and of what is searched."""
        shape, places = searched.shape[-2:], searched.shape[-1] - template.shape[-1] + 1
        both = torch.fft.rfft2(searched) * torch.fft.rfft2(template, s=shape).conj()  # quicker than sliding
        product = torch.fft.irfft2(both.sum(1), s=shape)[:, :places, :places]
        return self.scale * product / template[0].numel() ** 0.5 + self.level

    def loss(self, pairs: Pairs) -> Tensor:
        """Return how far answers are from a peak where the nerve is."""
        template = self.described(_template(pairs.first, pairs.template))
        answers = self(template, self.described(_searched(pairs.later, pairs.before)))
        side = answers.shape[-1]
        cell = STRIDE * TIMES / TEMPLATE  # boxes
        off = (pairs.box[:, :2] - pairs.before[:, :2]) / pairs.before[:, 2:] / cell
        place = torch.arange(side, device=off.device) - side // 2
        x, z = (place - off[:, :1]) / SPREAD, (place - off[:, 1:]) / SPREAD
        wanted = (-0.5 * (z[:, :, None] ** 2 + x[:, None] ** 2)).flatten(1)
        return functional.cross_entropy(answers.flatten(1), functional.softmax(wanted, dim=1))


def siamfc_like(network: SiameseNetwork, films: Tensor, first: Tensor) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`."""
    template, boxes, said = network.described(_template(films[:, 0], first)), first, [first]
    for frame in films.unbind(1)[1:]:
        answers = network(template, network.described(_searched(frame, boxes)))
        side = FINE * (answers.shape[-1] - 1) + 1
        fine = functional.interpolate(answers[:, None], (side, side), mode="bicubic", align_corners=True)[
            :, 0
        ]
        away = torch.linspace(-1.0, 1.0, side, device=fine.device) ** 2
        near = fine - FAR * fine.std((1, 2), keepdim=True) * (away[:, None] + away)
        x, z, _ = peak(near)
        cell = STRIDE * TIMES / TEMPLATE / FINE
        boxes = shifted(boxes, x * cell, z * cell, frame.shape)
        said.append(boxes)
    return torch.stack(said, dim=1)


def _template(frame: Tensor, boxes: Tensor) -> Tensor:
    return window(frame, boxes, TIMES, (TEMPLATE, TEMPLATE))


def _searched(frame: Tensor, boxes: Tensor) -> Tensor:
    return window(frame, boxes, TIMES * SEARCHED / TEMPLATE, (SEARCHED, SEARCHED))
