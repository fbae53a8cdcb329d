"""VGG networks on segments of a spectrogram."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn import functional

from sklearn_ser.nn.device import get_default_device
from sklearn_ser.nn.dropout import Dropout, WithDropout

# Channels of the 3x3 convolutions of each configuration (Simonyan and Zisserman); 0 is a pooling
# layer.
CONFIGURATIONS = {
    "A": (64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0),
    "B": (64, 64, 0, 128, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0),
    "D": (64, 64, 0, 128, 128, 0, *[256] * 3, 0, *[512] * 3, 0, *[512] * 3, 0),
    "E": (64, 64, 0, 128, 128, 0, *[256] * 4, 0, *[512] * 4, 0, *[512] * 4, 0),
}
# Five pooling layers by two leave nothing of an input smaller than this.
SMALLEST = 32


class SegmentVGG(WithDropout):
    """VGG network [1]_ on segments of a spectrogram [2]_.

    It has 3x3 convolutions, five pooling layers and a head. It runs in channels-last memory
    format, which is faster on CPUs too, and on a GPU in bfloat16 where that is safe.

    Parameters
    ----------
    n_frames, n_bands, n_classes : int
        Segments with fewer than 32 frames or bands are padded with zeros.
    configuration : {"A", "B", "D", "E"}, default="E"
    width : float, default=1.0
        Factor on the number of channels.
    batch_norm : bool, default=True
        Without it, deep configurations learn slowly, if at all.
    head : {"small", "literal"}, default="small"
        "small" is one linear layer; "literal" puts two layers of 4096 units (times `width`) with
        ReLU and dropout before it.
    dropout : float, default=0.5
        Used by the literal head only.
    mixed_precision : bool, default=True
        Whether to use bfloat16 on a GPU.
    generator : torch.Generator, default=None
        Draws the initial weights and the dropout; None means torch's global generator.

    References
    ----------
    .. [1] Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
       recognition", ICLR 2015. arXiv:1409.1556
    .. [2] Mao et al., "Emotion profile refinery for speech emotion classification", Interspeech
       2020. arXiv:2008.05259

    Examples
    --------
    >>> import torch
    >>> from sklearn_ser.nn import SegmentVGG
    >>> generator = torch.Generator().manual_seed(0)
    >>> network = SegmentVGG(32, 64, 4, "A", width=1 / 16, generator=generator).eval()
    >>> network(torch.zeros(8, 1, 32, 64)).shape
    torch.Size([8, 4])
    """

    def __init__(
        self,
        n_frames: int,
        n_bands: int,
        n_classes: int,
        configuration: Literal["A", "B", "D", "E"] = "E",
        width: float = 1.0,
        batch_norm: bool = True,
        head: Literal["small", "literal"] = "small",
        dropout: float = 0.5,
        mixed_precision: bool = True,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.mixed_precision = mixed_precision
        # On "meta", so that layers draw no weights from the global generator.
        with torch.device("meta"):
            layers: list[nn.Module] = []
            n_in = 1
            for channels in CONFIGURATIONS[configuration]:
                if channels == 0:
                    layers.append(nn.MaxPool2d(2))
                    continue
                n_out = max(1, round(channels * width))
                layers.append(nn.Conv2d(n_in, n_out, 3, padding=1))
                if batch_norm:
                    layers.append(nn.BatchNorm2d(n_out))
                layers.append(nn.ReLU())
                n_in = n_out
            self.convolutions = nn.Sequential(*layers)
            places = [max(size, SMALLEST) // SMALLEST for size in (n_frames, n_bands)]
            sizes = [n_in * places[0] * places[1]]
            if head == "literal":
                sizes += [max(1, round(4096 * width))] * 2
            hidden = []
            for i in range(1, len(sizes)):
                hidden += [nn.Linear(sizes[i - 1], sizes[i]), nn.ReLU()]
                hidden += [Dropout(dropout, generator)]
            self.hidden = nn.Sequential(*hidden)
            self.head = nn.Linear(sizes[-1], n_classes)
        self.to_empty(device=get_default_device())
        self._initialise(generator)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def _initialise(self, generator):
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                gain = "linear" if module is self.head else "relu"
                nn.init.kaiming_normal_(module.weight, nonlinearity=gain, generator=generator)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """Return the last hidden layer.

        Parameters
        ----------
        x : Tensor of shape (n_segments, 1, n_frames, n_bands)

        Returns
        -------
        Tensor of float32 of shape (n_segments, n_hidden)
        """
        missing = [max(0, SMALLEST - size) for size in x.shape[2:]]
        if any(missing):
            x = functional.pad(x, (0, missing[1], 0, missing[0]))  # at least 32 x 32
        x = x.contiguous(memory_format=torch.channels_last)
        mixed = self.mixed_precision and x.is_cuda
        with torch.autocast(x.device.type, torch.bfloat16, enabled=mixed):
            # (n_segments, n_channels, n_frames // 32, n_bands // 32)
            maps = self.convolutions(x)
            # Flattened in the order channel, frame, band, regardless of the memory format.
            flat = maps.flatten(1)  # (n_segments, n_channels * n_frames // 32 * n_bands // 32)
            return self.hidden(flat).float()  # (n_segments, n_hidden)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits.

        Parameters
        ----------
        x : Tensor of shape (n_segments, 1, n_frames, n_bands)

        Returns
        -------
        Tensor of shape (n_segments, n_classes)
        """
        return self.head(self.embed(x))  # (n_segments, n_classes)
