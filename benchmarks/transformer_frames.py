"""Time the frames of a pretrained network: recordings one at a time against batches.

    python benchmarks/transformer_frames.py FOLDER [--clips 32] [--batch 8] [--repeats 3]

FOLDER has WAV files at 16 kHz, which are read before timing. The network has the size of wav2vec
2.0 base and random weights, since speed does not depend on them. Batches have recordings of
similar length, padded and masked. Only the ratio is meaningful. The largest difference between
frames is printed, too, for a network that normalises each frame, and for one that normalises over
time, as the base models do.
"""

import argparse
from pathlib import Path

import numpy as np
import soundfile
import torch
from _timing import of, print_ratio, take_turns
from transformers import Wav2Vec2Config, Wav2Vec2Model

BY_FRAME = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}


@torch.inference_mode()
def compute_one_at_a_time(model, signals):
    return [model(torch.from_numpy(signal)[None]).last_hidden_state[0] for signal in signals]


@torch.inference_mode()
def compute_in_batches(model, signals, size):
    order = np.argsort([len(signal) for signal in signals])
    frames = [None] * len(signals)
    for rows in np.split(order, range(size, len(order), size)):
        lengths = torch.tensor([len(signals[row]) for row in rows])
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        padded = torch.zeros(mask.shape)
        padded[mask] = torch.cat([torch.from_numpy(signals[row]) for row in rows])
        found = model(padded, attention_mask=mask.long()).last_hidden_state
        n_frames = model._get_feat_extract_output_lengths(lengths)
        for row, states, n in zip(rows, found, n_frames, strict=True):
            frames[row] = states[:n]
    return frames


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=32)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    files = sorted(options.folder.glob("*.wav"))
    files = files[:: max(1, len(files) // options.clips)][: options.clips]
    signals = [soundfile.read(file, dtype="float32")[0] for file in files]
    signals = [(signal - signal.mean()) / signal.std() for signal in signals]
    for name, settings in {"normalised over time": {}, "normalised by frame": BY_FRAME}.items():
        torch.manual_seed(0)
        model = Wav2Vec2Model(Wav2Vec2Config(**settings)).eval()
        pairs = zip(
            compute_one_at_a_time(model, signals),
            compute_in_batches(model, signals, options.batch),
            strict=True,
        )
        apart = max(float((a - b).abs().max()) for a, b in pairs)
        print(f"{name}: frames differ by up to {apart:.1e}")
    seconds = take_turns(
        {
            "batches": lambda: compute_in_batches(model, signals, options.batch),
            "one at a time": lambda: compute_one_at_a_time(model, signals),
        },
        options.repeats,
    )
    total = sum(map(len, signals)) / 16000
    print(f"{len(signals)} recordings, {total:.0f} s; {torch.get_num_threads()} threads")
    print(f"one at a time: {of(seconds['one at a time'])} s")
    print_ratio(seconds, "batches", "one at a time")


if __name__ == "__main__":
    main()
