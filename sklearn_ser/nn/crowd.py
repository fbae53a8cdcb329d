"""Layers that learn from every rating of every rater, on top of any network."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import nn

from sklearn_ser.nn.device import get_default_device

# The logit of a rater's agreement with the class, before training.
DIAGONAL = 3.0


class ConfusionLayer(nn.Module):
    """The probability of each rating: every rater confuses classes in a way of their own [1]_.

    A rater's confusion matrix is the softmax, over labels, of a matrix shared by all raters plus
    one of the rater's own. The own one starts at 0 and is penalised, so that a rater with few
    ratings stays near the average rater. The trace of the matrices is penalised, too [2]_: raters
    become as unreliable as the ratings allow, and the network learns what they share.

    Parameters
    ----------
    n_annotators : int
        Annotators have the numbers from 0; ``n_annotators`` is the average rater.
    class_labels : sequence of int of shape (n_classes,)
        Which of the labels each class is.
    n_labels : int
    n_ratings : sequence of float of shape (n_annotators + 1,)
        The sum of the weights of each annotator's ratings in training.
    shrinkage : float
        The number of ratings that the penalty of the own matrix is worth.
    trace_penalty : float

    References
    ----------
    .. [1] Rodrigues and Pereira, "Deep learning from crowds", AAAI 2018.
       doi:10.1609/aaai.v32i1.11506
    .. [2] Tanno et al., "Learning from noisy labels by regularized estimation of annotator
       confusion", CVPR 2019. doi:10.1109/CVPR.2019.01150
    """

    def __init__(
        self, n_annotators, class_labels, n_labels, n_ratings, shrinkage, trace_penalty
    ) -> None:
        super().__init__()
        device, n_classes = get_default_device(), len(class_labels)
        self.shape = n_classes, n_labels
        self.shrinkage, self.trace_penalty = shrinkage, trace_penalty
        shared = torch.zeros(n_classes, n_labels, device=device)
        shared[torch.arange(n_classes), torch.tensor(class_labels)] = DIAGONAL
        self.shared = nn.Parameter(shared)
        # The last row is the average rater; it stays 0.
        own = torch.zeros(n_annotators + 1, n_classes * n_labels, device=device)
        self.own = nn.Embedding.from_pretrained(own, freeze=False, padding_idx=n_annotators)
        self.register_buffer("class_labels", torch.tensor(class_labels, device=device))
        n_ratings = torch.tensor(n_ratings, dtype=torch.float32, device=device)
        # Raters without ratings in training have an own matrix of 0, and so no penalty.
        n_ratings = torch.where(n_ratings > 0, n_ratings, 1)
        self.register_buffer("n_ratings", n_ratings)

    def log_confusions(self, annotator: torch.Tensor) -> torch.Tensor:
        """Return log matrices of shape (n, n_classes, n_labels) of the annotators given."""
        own = self.own(annotator).view(-1, *self.shape)  # (n, n_classes, n_labels)
        return torch.log_softmax(self.shared + own, dim=2)

    def compute_confusions(self):
        """Return the matrices of all annotators, and last that of the average rater.

        Returns
        -------
        ndarray of float64 of shape (n_annotators + 1, n_classes, n_labels)
            Rows sum to 1.
        """
        with torch.inference_mode():
            every = torch.arange(len(self.n_ratings), device=self.shared.device)
            confusions = self.log_confusions(every).double().exp().cpu().numpy()
        return confusions / confusions.sum(axis=2, keepdims=True)

    def forward(self, log_proba, sample, annotator, label):
        """Return the loss of each rating.

        Parameters
        ----------
        log_proba : Tensor of shape (n_samples, n_classes)
        sample, annotator, label : Tensor of int of shape (n_ratings,)

        Returns
        -------
        Tensor of shape (n_ratings,)
        """
        # Matrices are made once per rater, and taken by rating.
        raters, place = torch.unique(annotator, return_inverse=True)
        logs = self.log_confusions(raters)  # (n_raters, n_classes, n_labels)
        said = logs[place, :, label]  # (n_ratings, n_classes)
        loss = -torch.logsumexp(log_proba[sample] + said, dim=1)  # (n_ratings,)
        classes = torch.arange(self.shape[0], device=logs.device)
        trace = logs[:, classes, self.class_labels].exp().sum(dim=1)  # (n_raters,)
        own = self.own(raters).square().sum(dim=1)  # (n_raters,)
        # Over all ratings of a rater, this sums to half of shrinkage times the squares.
        penalty = self.shrinkage / (2 * self.n_ratings[raters]) * own  # (n_raters,)
        return loss + (self.trace_penalty * trace + penalty)[place]


class HeadLayer(nn.Module):
    """One linear layer per rater on the hidden layer that all share [1]_.

    Parameters
    ----------
    n_annotators, n_hidden, n_classes : int
    generator : torch.Generator, default=None
        Draws the initial weights.

    References
    ----------
    .. [1] Davani et al., "Dealing with disagreements: looking beyond the majority vote in
       subjective annotations", TACL 10, 2022. doi:10.1162/tacl_a_00449
    """

    def __init__(self, n_annotators, n_hidden, n_classes, generator=None) -> None:
        super().__init__()
        device = get_default_device()
        bound = math.sqrt(3 / n_hidden)  # as Kaiming's for a linear layer
        weights = torch.empty(n_annotators, n_hidden, n_classes, device=device)
        self.weight = nn.Parameter(weights.uniform_(-bound, bound, generator=generator))
        self.bias = nn.Parameter(torch.zeros(n_annotators, n_classes, device=device))

    def copy_arrays(self):
        """Return copies of the weights and the biases, as arrays."""
        return [part.detach().cpu().numpy().copy() for part in (self.weight, self.bias)]

    def forward(self, hidden, sample, annotator, label):
        """Return the loss of each rating, as `ConfusionLayer` does.

        Parameters
        ----------
        hidden : Tensor of shape (n_samples, n_hidden)
        sample, annotator, label : Tensor of int of shape (n_ratings,)
            Labels number the classes.

        Returns
        -------
        Tensor of shape (n_ratings,)
        """
        own = hidden[sample][:, None] @ self.weight[annotator]  # (n_ratings, 1, n_classes)
        logits = own[:, 0] + self.bias[annotator]  # (n_ratings, n_classes)
        return nn.functional.cross_entropy(logits, label, reduction="none")


class CrowdNetwork(nn.Module):
    """A network and a layer of raters on top of it, which are trained together.

    Parameters
    ----------
    network : type
        A torch module, as described in `NetworkClassifier`.
    network_params : dict
    layer : {"confusion", "head"}
    layer_params : dict
        Of `ConfusionLayer` or `HeadLayer`.
    generator : torch.Generator, default=None
    """

    def __init__(
        self,
        network: type,
        network_params: dict[str, Any],
        layer: Literal["confusion", "head"],
        layer_params: dict[str, Any],
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.network = network(**network_params, generator=generator)
        self.learns_confusions = layer == "confusion"
        self.raters: ConfusionLayer | HeadLayer
        if self.learns_confusions:
            self.raters = ConfusionLayer(**layer_params)
        else:
            n_hidden = self.network.head.in_features
            self.raters = HeadLayer(n_hidden=n_hidden, **layer_params, generator=generator)

    def use_generator(self, generator: torch.Generator | None) -> None:
        """Set the generator that dropout draws from.

        Parameters
        ----------
        generator : torch.Generator or None
        """
        self.network.use_generator(generator)

    def forward(self, **inputs):
        """Return what `RatingLoss` needs, apart from the ratings.

        Parameters
        ----------
        **inputs : Tensor
            Those of the network.

        Returns
        -------
        given : Tensor of shape (n_samples, n_classes) or (n_samples, n_hidden)
            Log-probabilities, or the hidden layer.
        raters : ConfusionLayer or HeadLayer
        """
        if self.learns_confusions:
            given = torch.log_softmax(self.network(**inputs), dim=1)  # (n_samples, n_classes)
        else:
            given = self.network.embed(**inputs)  # (n_samples, n_hidden)
        return given, self.raters


class RatingLoss(nn.Module):
    """The mean loss of ratings; see `CrowdNetwork`."""

    def forward(self, output, ratings):
        """Return the weighted mean over ratings.

        Parameters
        ----------
        output : tuple
            As returned by `CrowdNetwork`.
        ratings : dict of Tensor of shape (n_ratings,)
            ``sample``, ``annotator``, ``label`` and ``weight``.

        Returns
        -------
        Tensor of shape ()
        """
        given, raters = output
        losses = raters(given, ratings["sample"], ratings["annotator"], ratings["label"])
        return (ratings["weight"] * losses).mean()
