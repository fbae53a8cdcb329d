"""Hidden states of every family of encoders, against transformers' own runs."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
import transformers
from _encoders import (
    FAMILIES,
    MASKED,
    assert_close,
    make_extractor,
    make_network,
    make_noise,
    run_by_hand,
    run_whisper_by_hand,
    save_encoder,
)
from joblib import parallel_config
from sklearn.pipeline import make_pipeline
from transformers.utils import logging

from sklearn_ser import AttentionBLSTMClassifier
from sklearn_ser.features import SequenceScaler, TransformerFrames
from sklearn_ser.features.encoders import _encoder, _loading
from sklearn_ser.features.encoders._loading import Source, load_encoder, make_stamp
from sklearn_ser.io import load as read
from sklearn_ser.io import save

LENGTHS = 8000, 3000, 12000, 7777


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder of each family."""
    return {name: save_encoder(tmp_path_factory.mktemp("model"), name) for name in FAMILIES}


@pytest.fixture(scope="module")
def trained():
    """Folder of a trained encoder."""
    if "SKLEARN_SER_MODELS" not in os.environ:
        pytest.skip("SKLEARN_SER_MODELS, the folder of trained models, is not set")
    return Path(os.environ["SKLEARN_SER_MODELS"]) / "whisper-tiny.en"


@pytest.fixture(scope="module")
def recordings(emodb):
    """The first recordings of Emo-DB, which are at 16 kHz."""
    files = sorted(emodb.rglob("*.wav"))[:4]
    return [soundfile.read(file, dtype="float32")[0] for file in files]


def load(folder, dtype="float32"):
    return load_encoder(Source(str(folder), make_stamp(folder), "cpu", dtype))


def get_states(folder, signals, **options):
    """Return all hidden states, of shape (n_hidden_states, n_frames, n_features) per signal."""
    X = TransformerFrames(folder, layer="all", **options).fit_transform(signals)
    n_features = load(folder).n_features
    return [frames.reshape(len(frames), -1, n_features).transpose(1, 0, 2) for frames in X]


@pytest.mark.parametrize("family", FAMILIES)
def test_all_hidden_states_are_those_of_transformers(family, folders):
    # The feature extractor of w2v-BERT makes NaN of a single frame.
    signals = make_noise(*LENGTHS, 1600 if family == "w2v-bert" else 400)
    found = get_states(folders[family], signals, context="model")
    for states, signal in zip(found, signals, strict=True):
        assert_close(states, run_by_hand(folders[family], signal), 1e-5)


@pytest.mark.parametrize("head", ["Model", "ForConditionalGeneration", "ForAudioClassification"])
def test_whisper_with_a_context_of_the_clip(head, folders, tmp_path):
    save_encoder(tmp_path, "whisper", head)
    signals = make_noise(*LENGTHS, 1, 5, 320, 321, 400)
    for states, signal in zip(get_states(tmp_path, signals), signals, strict=True):
        assert_close(states, run_whisper_by_hand(tmp_path, signal), 1e-5)


def test_other_networks_have_no_fixed_context(folders):
    signals = make_noise(*LENGTHS)
    for family in ("wav2vec2", "w2v-bert"):
        frames = TransformerFrames(folders[family])
        expected = frames.transform(signals)
        assert frames.set_params(context="model").transform(signals) == expected


def test_trained_whisper_on_recordings(trained, recordings):
    clip = get_states(trained, recordings)
    for states, signal in zip(clip, recordings, strict=True):
        assert_close(states, run_whisper_by_hand(trained, signal), 1e-4)
    [states] = get_states(trained, recordings[:1], context="model")
    assert_close(states, run_by_hand(trained, recordings[0]), 1e-4)
    together = get_states(trained, recordings * 2, batch_size=4)
    for states, expected in zip(together, clip * 2, strict=True):
        assert_close(states, expected, 1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_frame_every_20_ms_and_one_at_least(family, folders):
    encoder = load(folders[family])
    assert encoder.hop == 320
    assert encoder.frame_step == 0.02
    assert (encoder.n_hidden_states, encoder.n_features) == (3, 16)
    lengths = 1, 5, 399, 400, 401, 719, 720, 16000, 32000
    X = TransformerFrames(folders[family]).fit_transform(make_noise(*lengths))
    if encoder.takes_waveforms:  # of 25 ms each
        expected = [max(1, (n - 400) // 320 + 1) for n in lengths]
        assert X.lengths.tolist() == expected
    else:
        assert X.lengths.min() >= 1
        assert np.diff(X.lengths[-2:]).tolist() == [50]
    assert np.isfinite(X.values).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_silence(family, folders):
    X = TransformerFrames(folders[family]).fit_transform([np.zeros(5000), np.zeros(3)])
    assert np.isfinite(X.values).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_batches(family, folders, monkeypatch):
    """Equal lengths, nearly equal ones, and others; runs are counted."""
    signals = make_noise(8000, 7900, 8000, 3000, 8000, 7000, 3000, 7800, 8000)
    folder = folders[family]
    alone = get_states(folder, signals)
    honours_masks = load(folder).honours_masks
    runs = count_runs(monkeypatch)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        together = get_states(folder, signals, batch_size=4)
    for states, expected in zip(together, alone, strict=True):
        assert_close(states, expected, 1e-4)
    assert sum(map(len, runs)) == 9
    assert max(map(len, runs)) == 4
    # Nothing is padded that would not be equal then, and nothing by much.
    assert all(min(run) >= (0.9 if honours_masks else 1) * max(run) for run in runs)
    assert honours_masks == any(min(run) < max(run) for run in runs)


def count_runs(monkeypatch):
    """Return a list to which every run of a network appends the lengths of its inputs."""
    runs, run = [], _encoder.Encoder._run

    def count(self, inputs, masked=False):
        runs.append([len(x) for x in inputs])
        return run(self, inputs, masked)

    monkeypatch.setattr(_encoder.Encoder, "_run", count)
    return runs


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("family", FAMILIES)
def test_which_networks_honour_masks(family, dtype, folders):
    assert load(folders[family], dtype).honours_masks == (family in MASKED)


def test_a_recording_alone_or_among_others_is_identical(folders):
    signals = make_noise(*LENGTHS)
    for family in FAMILIES:
        frames = TransformerFrames(folders[family], batch_size=1)
        together = frames.transform(signals)
        for i, signal in enumerate(signals):
            np.testing.assert_array_equal(frames.transform([signal])[0], together[i])


def test_in_a_pipeline(folders, tmp_path):
    data = pd.DataFrame({"signal": make_noise(*[3000] * 12), "speaker": ["F1", "M1", "F2"] * 4})
    network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=2, random_state=0)
    frames = TransformerFrames(folders["wavlm"], layer="mean")
    model = make_pipeline(frames, SequenceScaler(by="speaker"), network)
    model.fit(data, ["sad", "angry"] * 6)
    assert model.predict(data).shape == (12,)
    names = model[:2].get_feature_names_out()
    assert names.tolist() == [f"wavlm{i}" for i in range(16)]
    save(model, tmp_path / "model.skops")
    again = read(tmp_path / "model.skops", allow=["encoder"])
    np.testing.assert_array_equal(again.predict_proba(data), model.predict_proba(data))


def test_types_of_weights(folders):
    signals = make_noise(8000, 3000)
    for family in ("wav2vec2", "w2v-bert", "whisper"):
        expected = get_states(folders[family], signals)
        for dtype, tolerance in {"float32": 0, "float16": 0.02, "bfloat16": 0.1}.items():
            found = get_states(folders[family], signals, dtype=dtype)
            for states, right in zip(found, expected, strict=True):
                assert states.dtype == np.float32
                assert_close(states, right, tolerance)
        frames = TransformerFrames(folders[family])
        assert frames.transform(signals) == frames.set_params(dtype="float32").transform(signals)


def test_signals_are_prepared_as_the_model_says(tmp_path):
    network = make_network("hubert")
    [signal] = make_noise(8000)
    with torch.no_grad():
        expected = network(torch.from_numpy(signal)[None]).last_hidden_state[0]
    # Since 5.0, processors keep what is said of the feature extractor in a file of their own.
    files = ["preprocessor_config.json"]
    if int(transformers.__version__.split(".")[0]) >= 5:
        files.append("processor_config.json")
    for name in files:
        folder = tmp_path / name.split(".")[0]
        network.save_pretrained(folder)
        extractor = make_extractor("hubert", do_normalize=False)
        if name == "preprocessor_config.json":
            extractor.save_pretrained(folder)
        else:
            text = f'{{"feature_extractor": {extractor.to_json_string()}}}'
            (folder / name).write_text(text, encoding="utf-8")
        found = TransformerFrames(folder).transform([signal])
        np.testing.assert_allclose(found[0], expected, atol=1e-5)
    # Without any of them, signals are normalised.
    network.save_pretrained(tmp_path / "bare")
    normalised = TransformerFrames(tmp_path / "bare").transform([signal])
    expected = run_by_hand(save_encoder(tmp_path / "complete", "hubert"), signal)
    assert_close(normalised[0][None], expected[-1:], 1e-5)


def test_threads_give_the_same(folders):
    signals = make_noise(*range(2000, 26000, 1000))
    for family in ("wav2vec2", "wavlm, layer norm", "whisper"):
        frames = TransformerFrames(folders[family], layer="all")
        expected = frames.transform(signals)
        _loading._load.cache_clear()
        state = torch.get_rng_state()
        with parallel_config("threading", n_jobs=4):
            assert frames.transform(signals) == expected
        assert torch.equal(torch.get_rng_state(), state)


def test_threads_share_one_encoder(folders, monkeypatch):
    _loading._load.cache_clear()
    frames = TransformerFrames(folders["hubert"])
    # So that the threads load it.
    monkeypatch.setattr(TransformerFrames, "_check_settings", lambda *_: None)
    with parallel_config("threading", n_jobs=4):
        frames.transform(make_noise(*[1000] * 8))
    assert _loading._load.cache_info().misses == 1


def test_processes_give_the_same_and_divide_the_cores(folders):
    script = """
import sys
import joblib, torch
from _encoders import make_noise
from sklearn_ser import AttentionBLSTMClassifier
from sklearn_ser.features import SequenceScaler, TransformerFrames
torch.set_num_threads(1)  # as in each process: sums are rounded in the same order
signals = make_noise(8000, 3000, 12000, 7777)
for folder in sys.argv[1:]:
    frames = TransformerFrames(folder, layer="all")
    alone = frames.transform(signals)
    print(frames.set_params(n_jobs=2).transform(signals) == alone)
    frames.set_params(batch_size=4)
    print(abs(frames.transform(signals).values - alone.values).max() < 1e-4)
found = joblib.Parallel(2)(joblib.delayed(torch.get_num_threads)() for _ in range(4))
print(set(found) == {max(1, joblib.cpu_count() // 2)})
"""
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    command = [sys.executable, "-c", script, folders["wav2vec2"], folders["whisper"]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["True"] * 5, done.stderr


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_global_changes(family, folders, capfd):
    def describe():
        return (
            torch.get_rng_state().tolist(),
            torch.get_num_threads(),
            torch.is_grad_enabled(),
            torch.get_default_dtype(),
            logging.is_progress_bar_enabled(),
            logging.get_verbosity(),
            list(warnings.filters),
        )

    _loading._load.cache_clear()
    before = describe()
    TransformerFrames(folders[family], batch_size=2).fit_transform(make_noise(3000, 2900))
    assert describe() == before
    # A head of the model, and weights that are only used in training, pass without a word.
    assert capfd.readouterr() == ("", "")


def test_the_progress_bar_of_transformers_stays_as_it_was(folders):
    logging.disable_progress_bar()
    try:
        _loading._load.cache_clear()
        TransformerFrames(folders["hubert"]).fit([])
        assert not logging.is_progress_bar_enabled()
    finally:
        logging.enable_progress_bar()
