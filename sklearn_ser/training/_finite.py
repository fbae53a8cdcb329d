"""Errors for outputs and weights that are infinite or NaN, with their likely cause."""

import torch

from sklearn_ser.utils._messages import join_names


def find_infinite_weights(tensors):
    """Return the names of those tensors that hold infinity or NaN."""
    return [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]


def check_weights_finite(tensors, problem):
    """Raise a ValueError if weights are infinite or NaN.

    Parameters
    ----------
    tensors : dict of str to Tensor
        As returned by ``state_dict`` of a module.
    problem : str
        How the message begins.
    """
    bad = find_infinite_weights(tensors)
    if bad:
        raise ValueError(f"{problem}: weights are infinite or NaN in {join_names(bad)}.")


def explain_outputs(net, examples, rows, method):
    """Return an error that names the samples whose output is infinite or NaN, and says why.

    Parameters
    ----------
    net : NeuralNet
    examples : Examples
    rows : ndarray of int
        The examples with such outputs, one or more.
    method : str
        Of the module.

    Returns
    -------
    ValueError
    """
    samples = dict.fromkeys(examples.get_samples(rows).tolist())
    problem = (
        f"the network's output is infinite or NaN for {len(samples)} of {examples.n_samples} "
        f"samples: {join_names(samples)}"
    )
    bad = find_infinite_weights(net.module_.state_dict())
    if bad:
        return ValueError(f"{problem}. Its weights are infinite or NaN in {join_names(bad)}.")
    inputs = examples.get_inputs(rows[:1])
    if not _is_finite_for_zeros(net, inputs, method):
        return ValueError(
            f"{problem}. The output for zeros is, too, so the network's weights are too large."
        )
    largest = float(inputs["x"].abs().max())
    return ValueError(
        f"{problem}. Values of sample {next(iter(samples))} reach {largest:.3g}, which may be too "
        "large: scale the features, for instance by SequenceScaler."
    )


def _is_finite_for_zeros(net, inputs, method):
    zeros = {**inputs, "x": torch.zeros_like(inputs["x"])}
    with torch.inference_mode():
        parts = {name: part.to(net.device) for name, part in zeros.items()}
        output = getattr(net.module_, method)(**parts)
    return bool(torch.isfinite(output).all())
