"""Time pretrained encoders: against transformers as documented, and a bare torch loop.

    OMP_NUM_THREADS=1 python benchmarks/encoders.py FOLDER ENCODER [--clips 60] [--repeats 3]

FOLDER holds recordings, ENCODER is a Whisper model (a folder or a name on the hub). All ways take
turns on the same recordings, with one torch thread each:

* "transformers": as its documentation has it. The feature extractor pads every recording to 30 s;
  the encoder alone returns all hidden states; float32; one file at a time.
* "bare loop": reads the same files and runs the same encoder on unpadded input; nothing else.
* "clip": `TransformerEmbeddings` with its default context, which is cut to the clip; "bfloat16",
  with weights of that type; "two processes", with ``n_jobs=2``.

It also checks that ``context="model"`` equals transformers, and what "bfloat16" changes.
"""

import argparse
from pathlib import Path

import numpy as np
import soundfile
import torch
from _timing import of, print_ratio, take_turns
from transformers import AutoFeatureExtractor, AutoModel

from sklearn_ser.features import TransformerEmbeddings, TransformerFrames


class ByHand:
    """Hidden states without this package, padded to the whole context or not."""

    def __init__(self, encoder):
        self.prepare = AutoFeatureExtractor.from_pretrained(encoder)
        self.network = AutoModel.from_pretrained(encoder, dtype=torch.float32).get_encoder().eval()
        self.positions = self.network.embed_positions.weight.detach()

    def compute_padded(self, file):
        signal, rate = soundfile.read(file, dtype="float32")
        x = self.prepare(signal, sampling_rate=rate, return_tensors="pt").input_features
        with torch.inference_mode():
            return self.network(x, output_hidden_states=True).hidden_states, len(signal)

    def compute_unpadded(self, file):
        """Run the layers themselves, which refuse no length."""
        signal, rate = soundfile.read(file, dtype="float32")
        signal = np.pad(signal, (0, -len(signal) % 320))
        x = self.prepare(signal, sampling_rate=rate, return_tensors="pt", padding=False)
        net, gelu = self.network, torch.nn.functional.gelu
        with torch.inference_mode():
            h = gelu(net.conv2(gelu(net.conv1(x.input_features)))).transpose(1, 2)
            states = [h + self.positions[: h.shape[1]]]
            for layer in net.layers:
                h = layer(states[-1], None)
                states.append(h[0] if isinstance(h, tuple) else h)
            states[-1] = net.layer_norm(states[-1])
            return torch.stack(states)[:, 0].numpy()


def pool(states):
    return np.concatenate([states.mean(axis=1), states.std(axis=1)], axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("encoder")
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    files = sorted(options.folder.glob("*.wav"))
    files = files[:: max(1, len(files) // options.clips)][: options.clips]
    seconds = sum(soundfile.info(file).duration for file in files)
    print(f"{len(files)} recordings, {seconds:.0f} s; {torch.get_num_threads()} torch thread")

    by_hand = ByHand(options.encoder)
    ours = {
        "clip": TransformerEmbeddings(options.encoder, layer="all"),
        "clip, bfloat16": TransformerEmbeddings(options.encoder, layer="all", dtype="bfloat16"),
        "clip, two processes": TransformerEmbeddings(options.encoder, layer="all", n_jobs=2),
    }
    apart = 0.0
    full = TransformerFrames(options.encoder, layer="all", context="model").fit_transform(files)
    for file, found in zip(files, full, strict=True):
        states, n_samples = by_hand.compute_padded(file)
        expected = np.concatenate([s[0, : -(-n_samples // 320)] for s in states], axis=1)
        apart = max(apart, np.abs(found - expected).max())
    print(f'context="model" and transformers differ by up to {apart:.1e}')
    clip = ours["clip"].fit_transform(files).values
    alone = np.stack([pool(by_hand.compute_unpadded(file)).ravel() for file in files])
    print(f'context="clip" and the bare loop differ by up to {np.abs(clip - alone).max():.1e}')
    half = ours["clip, bfloat16"].fit_transform(files).values
    spread = clip.std(axis=0)
    print(
        f"bfloat16 changes embeddings by {np.abs(half - clip).mean() / spread.mean():.3f} of "
        "their standard deviation over recordings"
    )
    ours["clip, two processes"].fit_transform(files)  # starts the processes

    ways = {
        "transformers": lambda: [by_hand.compute_padded(file) for file in files],
        "bare loop": lambda: [pool(by_hand.compute_unpadded(file)) for file in files],
    }
    ways |= {name: lambda step=step: step.transform(files) for name, step in ours.items()}
    taken = take_turns(ways, options.repeats)
    for name, values in taken.items():
        print(f"{name}: {of(values)} s, {seconds / np.median(values):.0f} times real time")
    for name in ours:
        print_ratio(taken, "transformers", name)
    print_ratio(taken, "clip", "bare loop")


if __name__ == "__main__":
    main()
