"""The loader of MSP-Podcast and WHiSER, on miniatures in every format of their releases."""

import csv
import json
import warnings

import pandas as pd
import pytest

from sklearn_ser import SoftTargetEncoder
from sklearn_ser.datasets import load_msp_podcast

A, B, C, D = (f"MSP-PODCAST_000{i}_0008.wav" for i in (1, 2, 3, 4))
CLIPS = [
    # file, letter, arousal, valence, dominance, speaker, gender, split
    (A, "H", "5.5", "5.0", "4.5", "127", "Female", "Train"),
    (B, "X", "4.0", "3.0", "4.0", "Unknown", "Unknown", "Train"),
    (C, "O", "4.0", "2.0", "4.0", "Unknown", "Male", "Development"),
    (D, "C", "4.0", "2.5", "4.0", "9", "Male", "Test1"),
]
ANSWERS = [
    (A, "WORKER0000001", "Happy", "Happy,Excited"),
    (A, "WORKER0000002", "Happy", "Happy,Amused,Neutral"),
    (A, "WORKER0000003", "Neutral", "Neutral"),
    (B, "WORKER0000001", "Sad", "Sad,Depressed"),
    (B, "WORKER0000004", "Angry", "Frustrated,Annoyed"),
    (C, "WORKER0000001", "Other-tired; sad, I think", "Sad,Other-tired; sad, I think"),
    (C, "WORKER0000002", "Other", ""),
    (D, "WORKER0000003", "Contempt", "Contempt,Disgust,Other-smug, Happy"),
    (D, "WORKER0000004", "Fear", "Surprise,Concerned,Confused,Disappointed"),
]
HEADER = ["FileName", "EmoClass", "EmoAct", "EmoVal", "EmoDom", "SpkrID", "Gender", "Split_Set"]
SCORES = "A:5.0; V:4.0; D:4.0;"


def write_csv(path, header, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def write_text(folder, clips=CLIPS, answers=ANSWERS):
    lines = []
    for name, letter, arousal, valence, dominance, *_ in clips:
        lines.append(f"{name}; {letter}; A:{arousal}; V:{valence}; D:{dominance};")
        lines += [f"{w}; {p}; {s}; {SCORES}" for n, w, p, s in answers if n == name]
        lines.append("")
    (folder / "labels.txt").write_text("\n".join(lines))


def write_details(folder, answers=ANSWERS, worker="WorkerID"):
    header = ["FileName", worker, "EmoClass_Major", "EmoClass_Second", "EmoAct"]
    write_csv(folder / "labels_detailed.csv", header, [(*row, "5") for row in answers])


def write_lines(folder):
    rows = [(name, f"{w}; {p}; {s}; {SCORES}") for name, w, p, s in ANSWERS]
    write_csv(folder / "labels_detailed.csv", ["FileName", "EmoDetail"], rows)


def write_json(folder, nested=False):
    entries = {row[0]: dict(zip(HEADER[1:], row[1:], strict=True)) for row in CLIPS}
    if nested:
        entries = {name: [entry] for name, entry in entries.items()}
    (folder / "labels_consensus.json").write_text(json.dumps(entries))
    details = {}
    for name, worker, primary, second in ANSWERS:
        answer = {"EmoClass_Major": primary, "EmoClass_Second": second, "EmoAct": 5}
        details.setdefault(name, {})[worker] = answer
    if nested:
        details = {
            name: {"Workers": [{"Name": worker, **answer} for worker, answer in entry.items()]}
            for name, entry in details.items()
        }
    (folder / "labels_detailed.json").write_text(json.dumps(details))


@pytest.fixture
def root(tmp_path):
    for name in (A, B, C, D):
        (tmp_path / "Audios").mkdir(exist_ok=True)
        (tmp_path / "Audios" / name).touch()
    (tmp_path / "Labels").mkdir()
    write_csv(tmp_path / "Labels" / "labels_consensus.csv", HEADER, CLIPS)
    write_details(tmp_path / "Labels")
    return tmp_path


@pytest.fixture
def bare(root):
    """Return a folder with recordings, and an empty one for labels."""
    for path in (root / "Labels").iterdir():
        path.unlink()
    return root


def load(root, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a complete copy passes without a word
        return load_msp_podcast(root, **settings)


PRIMARY = [
    {
        "WORKER0000001": ("happiness",),
        "WORKER0000002": ("happiness",),
        "WORKER0000003": ("neutral",),
    },
    {"WORKER0000001": ("sadness",), "WORKER0000004": ("anger",)},
    {"WORKER0000001": ("other",), "WORKER0000002": ("other",)},
    {"WORKER0000003": ("contempt",), "WORKER0000004": ("fear",)},
]
BOTH = [
    {
        "WORKER0000001": ("happiness", "excited"),
        "WORKER0000002": ("happiness", "amused", "neutral"),
        "WORKER0000003": ("neutral",),
    },
    {
        "WORKER0000001": ("sadness", "depressed"),
        "WORKER0000004": ("anger", "frustration", "annoyed"),
    },
    {"WORKER0000001": ("other", "sadness"), "WORKER0000002": ("other",)},
    {
        # "Happy" is spelled as the corpus spells it, so it is no text that was typed.
        "WORKER0000003": ("contempt", "disgust", "other", "happiness"),
        "WORKER0000004": ("fear", "surprise", "concerned", "confused", "disappointed"),
    },
]


def said(corpus):
    return [dict(corpus.ratings[i]) for i in range(len(corpus.ratings))]


def test_data(root):
    corpus = load(root)
    data = corpus.data
    assert data["file"].tolist() == [str(root / "Audios" / name) for name in (A, B, C, D)]
    assert list(corpus.ratings.ids) == data["file"].tolist()
    assert data["clip"].tolist() == [A, B, C, D]
    # An unknown speaker is missing: not one person by the name of "Unknown".
    assert data["speaker"].tolist() == ["127", None, None, "9"]
    assert data["gender"].tolist() == ["female", None, "male", "male"]
    assert data["split"].tolist() == ["Train", "Train", "Development", "Test1"]
    assert data["valence"].tolist() == [5, 3, 2, 2.5]
    assert data["arousal"].dtype == float
    assert "2 known speakers; the speakers of 2 are unknown" in corpus.DESCR
    assert "Development 1, Test1 1, Train 2" in corpus.DESCR
    assert corpus.sampling_rate == 16000


def test_the_consensus_is_that_of_the_corpus(root):
    corpus = load(root)
    # Nobody's votes lead for the last recording.
    assert corpus.target.tolist() == ["happiness", None, "other", "contempt"]
    assert corpus.ratings.consensus().tolist() == corpus.target.tolist()
    assert corpus.ratings.consensus("plurality").tolist() == ["happiness", None, "other", None]


def test_one_label_of_each_worker(root):
    corpus = load(root)
    assert said(corpus) == PRIMARY
    names = "anger contempt disgust fear happiness neutral sadness surprise".split()
    assert corpus.target_names == list(corpus.ratings.target_classes) == names
    soft = SoftTargetEncoder(alpha=0).fit(corpus.ratings).transform(corpus.ratings)
    assert soft[0].tolist() == pytest.approx([0, 0, 0, 0, 2 / 3, 1 / 3, 0, 0])


def test_secondary_labels(root):
    corpus = load(root, secondary=True)
    assert said(corpus) == BOTH
    assert (
        corpus.ratings.counts(multilabel="first").tolist() == load(root).ratings.counts().tolist()
    )


@pytest.mark.parametrize(
    "write",
    [
        write_text,
        lambda folder: (
            write_csv(folder / "labels_concensus.csv", HEADER, CLIPS),
            write_lines(folder),
        ),
        lambda folder: (write_json(folder), write_details(folder, worker="Workers")),
        write_json,
        lambda folder: write_json(folder, nested=True),
    ],
    ids=["text", "lines in a table", "json and csv", "json", "nested json"],
)
def test_every_format_says_the_same(bare, write):
    write(bare / "Labels")
    assert said(load(bare)) == PRIMARY
    corpus = load(bare, secondary=True)
    assert said(corpus) == BOTH
    assert corpus.target.tolist() == ["happiness", None, "other", "contempt"]
    assert corpus.data["valence"].tolist() == [5, 3, 2, 2.5]
    if not (bare / "Labels" / "labels.txt").is_file():
        assert corpus.data["speaker"].tolist() == ["127", None, None, "9"]


def test_splits_in_a_file_of_their_own(bare):
    write_text(bare / "Labels")
    assert load(bare).data["split"].isna().all()
    message = r"splits .* are unknown: .* Partitions.txt .*must be None, got \['Train'\]"
    with pytest.raises(ValueError, match=message):
        load(bare, splits=["Train"])
    (bare / "Partitions.txt").write_text(f"Train; {A}\nTrain; {B}\nTest1; {D}\n\nTest3; x.wav\n")
    assert load(bare).data["split"].tolist() == ["Train", "Train", None, "Test1"]
    (bare / "Partitions.txt").write_text(f"Train; {A}\n{B}\n")
    with pytest.raises(
        ValueError, match=r"Partitions.txt must have a split and a file .*: line 2"
    ):
        load(bare)


def test_whiser(tmp_path):
    names = ["006-040.1-2_13.wav", "006-040.1-2_14.wav"]
    (tmp_path / "WHiSER" / "Labels").mkdir(parents=True)
    (tmp_path / "wavs").mkdir()
    for name in names:
        (tmp_path / "wavs" / name.replace("wav", "flac")).touch()
    rows = [(names[0], "A", "5", "3", "5"), (names[1], "N", "3", "3", "3")]
    write_csv(tmp_path / "WHiSER" / "Labels" / "labels_consensus.csv", HEADER[:5], rows)
    write_details(
        tmp_path / "WHiSER" / "Labels",
        [(names[0], "WORKER1", "Angry", "Angry"), (names[1], "WORKER1", "Neutral", "")],
    )
    corpus = load(tmp_path)
    assert [file.rsplit("/")[-1] for file in corpus.data["file"]] == [
        name.replace("wav", "flac") for name in names
    ]
    assert corpus.target.tolist() == ["anger", "neutral"]
    assert corpus.data[["speaker", "gender", "split"]].isna().all(axis=None)


def test_some_splits(root):
    corpus = load(root, splits=["Test1", "Development"])
    assert corpus.data["clip"].tolist() == [C, D]
    assert said(corpus) == PRIMARY[2:]
    message = r"splits must be among \['Development', 'Test1', 'Train'\], got \['test1'\]"
    with pytest.raises(ValueError, match=message):
        load(root, splits=["test1"])
    with pytest.raises(ValueError, match=r"splits must be among .* got \[\]"):
        load(root, splits=[])
    with pytest.raises(ValueError, match="The 'splits' parameter of load_msp_podcast must be"):
        load(root, splits="Train")


def test_target_classes(root):
    corpus = load(root, secondary=True, target_classes=["sadness", "amused"])
    assert corpus.target_names == ["sadness", "amused"]
    assert corpus.ratings.counts().tolist() == [[0, 1], [1, 0], [1, 0], [0, 0]]
    for wrong in (["joy"], [], ["anger", "anger"], ["Angry"]):
        with pytest.raises(
            ValueError, match=r"must be different labels among \['amused', 'anger'"
        ):
            load(root, target_classes=wrong)


def test_a_speaker_has_one_spelling(root):
    path = root / "Labels" / "labels_consensus.csv"
    ids = {A: "7", B: "007", C: "7.0", D: "unknown"}
    write_csv(path, HEADER, [(*row[:5], ids[row[0]], *row[6:]) for row in CLIPS])
    assert load(root).data["speaker"].tolist() == ["7", "7", "7", None]
    ids = {A: "10", B: "100", C: "nan", D: ""}
    write_csv(path, HEADER, [(*row[:5], ids[row[0]], *row[6:]) for row in CLIPS])
    assert load(root).data["speaker"].tolist() == ["10", "100", None, None]


@pytest.mark.parametrize("folder", [".", "Labels", "Audios", "..", "../.."])
def test_folders_near_by(root, folder, tmp_path_factory):
    higher = tmp_path_factory.mktemp("higher") / "a" / "b"
    higher.parent.mkdir()
    root.rename(higher)
    corpus = load(higher / folder)
    assert said(corpus) == PRIMARY
    assert pd.Series(corpus.data["file"]).map(lambda file: file.endswith(".wav")).all()


def test_one_warning_covers_everything(root):
    (root / "Audios" / A).unlink()
    (root / "old").mkdir()
    (root / "old" / B).touch()
    answers = [
        *(row for row in ANSWERS if row[0] != D),
        (A, "WORKER0000001", "Sad", ""),  # the first answer counts
        (A, "WORKER0000009", "", "Happy"),
        ("MSP-PODCAST_0009_0001.wav", "WORKER0000001", "Sad", ""),
    ]
    write_details(root / "Labels", answers)
    write_csv(root / "Labels" / "labels_consensus.csv", HEADER, [*CLIPS, CLIPS[0]])
    with pytest.warns(UserWarning, match="MSP-Podcast in") as caught:
        corpus = load_msp_podcast(root)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    message = str(caught[0].message)
    for part in (
        "in labels_consensus.csv, 1 row that repeats another is ignored",
        "1 recording is missing",
        f"1 recording is there more than once and is taken once (Audios/{B} is also old/{B})",
        "answers on 1 file without consensus are ignored (MSP-PODCAST_0009_0001.wav)",
        "1 answer names no emotion",
        "1 answer of a worker who rated the file before is ignored",
        f"1 recording has no answers ({D})",
    ):
        assert part in message
    assert said(corpus) == [*PRIMARY[:3], {}]
    # A consensus that is nobody's answer stays.
    assert corpus.target.tolist()[-1] == "contempt"


def test_recordings_without_labels_pass_without_a_word(root):
    # The labels of Test3 are not published.
    (root / "Audios" / "MSP-PODCAST_test3_0001.wav").touch()
    corpus = load(root)
    assert len(corpus.data) == 4
    assert "Recordings without labels" in corpus.DESCR


@pytest.mark.parametrize(
    "row",
    [
        (A, "WORKER0000001", "Hapy", "Happy"),
        (A, "WORKER0000001", "Amused", "Happy"),  # only a secondary emotion
        (A, "WORKER0000001", "Happy,Sad", "Happy"),
        (A, "WORKER0000001", "Happy", "Happy,Joy"),
        (A, "", "Happy", "Happy"),
        ("", "WORKER0000001", "Happy", "Happy"),
        (A, "WORKER0000001", "Happy", "Happy", "one more"),
    ],
)
def test_answers_that_cannot_be_read_are_named(root, row):
    write_details(root / "Labels", [*ANSWERS, row])
    with pytest.raises(
        ValueError, match=r"labels_detailed.csv must have .* cannot be read: line 11"
    ):
        load(root, secondary=True)


@pytest.mark.parametrize(
    "line",
    [
        f"{D}; Q; A:1; V:1; D:1;",
        f"{D}; N; A:high; V:1; D:1;",
        f"{D}; N;",
        "WORKER0000009; Happy",
        f"WORKER0000009; {SCORES}",
        "something else",
    ],
)
def test_lines_that_cannot_be_read_are_named(bare, line):
    write_text(bare / "Labels")
    path = bare / "Labels" / "labels.txt"
    n_lines = len(path.read_text().splitlines())
    path.write_text(path.read_text() + line)
    where = rf"labels.txt must have .* 1 cannot be read: line {n_lines + 1}\."
    with pytest.raises(ValueError, match=where):
        load(bare)


def test_a_message_on_many_lines_is_short(root):
    write_csv(
        root / "Labels" / "labels_consensus.csv",
        HEADER,
        [(*CLIPS[0][:1], "?", *CLIPS[0][2:])] * 9999,
    )
    with pytest.raises(
        ValueError, match=r"9999 cannot be read: line 2, line 3.* and 9989 more"
    ) as error:
        load(root)
    assert len(str(error.value)) < 500


def test_lines_of_cells_with_line_breaks(root):
    rows = [(A, "WORKER0000001", "Other-a\nb", ""), (B, "WORKER0000001", "Hapy", "")]
    write_details(root / "Labels", rows)
    with pytest.raises(ValueError, match=r"1 cannot be read: line 4\."):
        load(root)


def test_two_consensus_labels_of_one_file(root):
    other = (A, "S", *CLIPS[0][2:])
    write_csv(root / "Labels" / "labels_consensus.csv", HEADER, [*CLIPS, other])
    with pytest.raises(ValueError, match=f"has different rows for the same files: {A}"):
        load(root)


def test_what_is_missing_is_said(root, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")
    with pytest.raises(FileNotFoundError, match=r"neither labels_consensus.csv .* is empty\."):
        load(empty)
    (root / "Labels" / "labels_detailed.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"needs the workers' answers .* labels_consensus"):
        load(root)
    write_details(root / "Labels")
    write_csv(root / "Labels" / "labels_consensus.csv", ["FileName", "Emotion"], [])
    with pytest.raises(ValueError, match=r"must have the columns \['EmoClass'\], too; it has"):
        load(root)


def test_damaged_files_are_named(bare):
    write_json(bare / "Labels")
    (bare / "Labels" / "labels_detailed.json").write_text('{"a": ')
    with pytest.raises(ValueError, match=r"labels_detailed.json must be a JSON object"):
        load(bare)
    (bare / "Labels" / "labels_detailed.json").write_text(json.dumps({A: 3}))
    with pytest.raises(ValueError, match=f"labels_detailed.json .* 1 cannot be read: {A}"):
        load(bare)
    (bare / "Labels" / "labels_detailed.json").unlink()
    (bare / "Labels" / "labels_detailed.csv").write_text(
        'FileName,Worker,EmoClass_Major\na,b,"' + "x" * 200_000
    )
    with pytest.raises(ValueError, match=r"labels_detailed.csv, line 2: field larger than"):
        load(bare)


@pytest.mark.parametrize("name", ["labels_consensus.csv", "labels_detailed.csv"])
def test_a_pointer_of_git_lfs_is_named(root, name):
    (root / "Labels" / name).write_text("version https://git-lfs.github.com/spec/v1\noid x\n")
    with pytest.raises(ValueError, match=f"{name} is a pointer of Git LFS.*`git lfs pull`"):
        load(root)
