"""Corpora from databases of audformat: in memory, in a folder, and as audb publishes them."""

import re
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from sklearn_ser import Ratings, interop
from sklearn_ser.datasets import load_audformat

audformat = pytest.importorskip("audformat")
# Of audformat's own calls of pandas.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword in:DeprecationWarning")

CLASSES = ["angry", "happy", "sad", "bored"]  # nobody is bored
FILES = ["audio/a.wav", "audio/b.wav", "audio/c.wav"]
SAID = {"E1": ["sad", "happy", None], "E2": ["sad", "angry", "happy"]}


@pytest.fixture
def database(tmp_path):
    """Two raters of three files, and segments of them; speakers are in the table of files."""
    database = audformat.Database("moods")
    database.schemes["emotion"] = audformat.Scheme(labels=CLASSES)
    database.schemes["speaker"] = audformat.Scheme(
        labels={"F": {"gender": "female", "age": 31}, "M": {"gender": "male"}}
    )
    database.schemes["valence"] = audformat.Scheme("float", minimum=-1, maximum=1)
    for rater in SAID:
        database.raters[rater] = audformat.Rater()
    database.raters["majority"] = audformat.Rater("vote")
    database["files"] = audformat.Table(audformat.filewise_index(FILES))
    add(database, "files", "who", ["F", "M", "F"], scheme_id="speaker")
    database["emotion"] = audformat.Table(audformat.filewise_index(FILES))
    for rater, said in SAID.items():
        add(database, "emotion", rater, said, scheme_id="emotion", rater_id=rater)
    add(
        database,
        "emotion",
        "gold",
        ["sad", None, "happy"],
        scheme_id="emotion",
        rater_id="majority",
    )
    add(database, "emotion", "v", [0.5, -0.5, 0], scheme_id="valence", rater_id="E1")
    index = audformat.segmented_index(
        ["audio/b.wav", "audio/b.wav", "audio/a.wav"], [0, 0.05, 0], [0.05, 0.1, None]
    )
    database["segments"] = audformat.Table(index)
    add(database, "segments", "emotion", ["happy", "angry", "sad"], scheme_id="emotion")
    (tmp_path / "moods" / "audio").mkdir(parents=True)
    for file in FILES:
        soundfile.write(tmp_path / "moods" / file, np.zeros(1600), 16000)
    database.save(str(tmp_path / "moods"))
    return database


def add(database, table, name, values, **settings):
    database[table][name] = audformat.Column(**settings)
    database[table][name].set(values)


def load(*sources, match, **settings):
    with pytest.warns(UserWarning, match=match) as caught:
        corpus = load_audformat(*sources, **settings)
    assert len(caught) == 1
    assert Path(caught[0].filename) == Path(__file__)
    return corpus, str(caught[0].message)


def test_raters_of_files(database):
    corpus = load_audformat(database, "emotion")
    assert corpus.data["file"].tolist() == [str(Path(database.root, file)) for file in FILES]
    assert list(corpus.data) == ["file", "speaker", "gender", "age", "gold", "v"]
    assert corpus.data["speaker"].tolist() == ["F", "M", "F"]
    assert corpus.data["gender"].tolist() == ["female", "male", "female"]
    assert corpus.data["v"].tolist() == [0.5, -0.5, 0]
    # As the function for tables has it, and in the order of the scheme.
    frame = database["emotion"].get()
    expected = interop.from_audformat(frame, ["E1", "E2"], target_classes=CLASSES)
    assert corpus.ratings == expected
    assert corpus.ratings[0] == {"E1": ("sad",), "E2": ("sad",)}
    assert list(corpus.ratings.ids) == corpus.data["file"].tolist()
    assert corpus.target.tolist() == ["sad", None, "happy"]
    assert corpus.target_names == CLASSES
    assert corpus.DESCR.splitlines()[0] == "moods, table emotion"


def test_a_folder_is_the_same(database):
    expected = load_audformat(database, "emotion")
    for folder in (database.root, Path(database.root)):
        corpus = load_audformat(folder, "emotion")
        assert corpus.ratings == expected.ratings
        pd.testing.assert_frame_equal(corpus.data, expected.data)
        assert corpus.DESCR == expected.DESCR


def test_segments_and_a_gold_standard(database):
    corpus = load_audformat(database, "segments")
    said = pd.Categorical(["happy", "angry", "sad"], CLASSES)
    assert corpus.ratings == Ratings.from_labels(said, target_classes=CLASSES)
    assert corpus.data["start"].tolist() == [0, 0.05, 0]
    assert corpus.data["end"].fillna(-1).tolist() == [0.05, 0.1, -1]
    assert corpus.data["speaker"].tolist() == ["M", "M", "F"]
    b = str(Path(database.root, "audio/b.wav"))
    assert list(corpus.ratings.ids)[:2] == [(b, 0.0, 0.05), (b, 0.05, 0.1)]


def test_named_columns(database):
    corpus, _ = load(database, "emotion", columns="gold", match="no answers")
    assert corpus.ratings.annotators.tolist() == ["majority"]
    corpus = load_audformat(database, "emotion", columns=["E2", "gold"])
    assert corpus.ratings[0] == {"E2": ("sad",), "majority": ("sad",)}
    # A rater who filled several columns is several names.
    database.raters["E3"] = audformat.Rater()
    add(database, "segments", "first", ["sad"] * 3, scheme_id="emotion", rater_id="E3")
    add(database, "segments", "again", ["sad"] * 3, scheme_id="emotion", rater_id="E3")
    corpus = load_audformat(database, "segments")
    assert corpus.ratings.annotators.tolist() == ["again", "first"]


def test_only_a_vote(database):
    del database["emotion"].columns["E1"], database["emotion"].columns["E2"]
    database["emotion"]._df = database["emotion"].df.drop(columns=["E1", "E2"])
    corpus, _ = load(database, "emotion", match="1 utterance has no answers")
    assert corpus.ratings.annotators.tolist() == ["majority"]


def test_labels_are_renamed_and_left_out(database):
    renamed = {"sad": "down", "angry": None, "bored": "down"}
    corpus, message = load(database, "emotion", labels={**renamed, "happy": None}, match="answers")
    assert message == "moods, table emotion: 2 utterances have no answers ('b.wav', 'c.wav')."
    assert corpus.target_names == ["down"]
    corpus = load_audformat(database, "emotion", labels=renamed)
    assert corpus.target_names == ["happy", "down"]
    assert corpus.ratings[1] == {"E1": ("happy",)}
    message = (
        "labels must rename labels of the table, 'angry', 'bored', 'happy', 'sad'; got 'Sad'."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_audformat(database, "emotion", labels={"Sad": "sad"})
    corpus = load_audformat(database, "emotion", target_classes=["sad", "happy"])
    assert corpus.target_names == ["sad", "happy"]


def test_codes_and_fields_of_a_scheme(database):
    database.schemes["code"] = audformat.Scheme("int", labels={0: "calm", 1: "loud"})
    add(database, "files", "code", [0, 1, None], scheme_id="code")
    corpus, _ = load(database, "files", columns="code", match="1 utterance has no answers")
    assert corpus.target.tolist() == ["calm", "loud", None]
    assert corpus.target_names == ["calm", "loud"]
    database.schemes["word"] = audformat.Scheme(
        labels={"W": {"emotion": "angry", "n": 1}, "T": {"emotion": "sad"}, "E": {"n": 2}}
    )
    add(database, "files", "word", ["W", "T", "E"], scheme_id="word")
    corpus = load_audformat(database, "files", columns="word")
    assert corpus.target_names == ["W", "T", "E"]
    corpus, _ = load(database, "files", columns="word", labels="emotion", match="no answers")
    assert corpus.target.tolist() == ["angry", "sad", None]
    message = "labels must be a field of the scheme's labels, 'emotion', 'n'; got 'mood'."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_audformat(database, "files", columns="word", labels="mood")


def test_speakers_in_a_misc_table(database):
    misc = audformat.MiscTable(pd.Index(["F", "M"], dtype="string", name="speaker"))
    database["people"] = misc
    misc["gender"] = audformat.Column()
    misc["gender"].set(["female", "male"])
    database.schemes["person"] = audformat.Scheme("str", labels="people")
    add(database, "segments", "person", ["M", "M", "F"], scheme_id="person")
    corpus = load_audformat(database, "segments", speaker="person")
    assert corpus.data["speaker"].tolist() == ["M", "M", "F"]
    assert corpus.data["gender"].tolist() == ["male", "male", "female"]
    assert list(corpus.data) == ["file", "start", "end", "speaker", "gender"]
    database.save(database.root)
    again = load_audformat(database.root, "segments", speaker="person")
    pd.testing.assert_frame_equal(again.data, corpus.data)


def test_speakers_and_sessions_anywhere(database):
    add(database, "emotion", "speaker", ["A", None, "B"])
    add(database, "files", "session", [1, 1, 2])
    corpus, message = load(database, "emotion", match="another")
    assert message == (
        "moods, table emotion: the speaker of 2 utterances is another one in table 'files' and is "
        "not taken from there ('a.wav': 'A', 'F')."
    )
    # Its own table first; who is missing there is in another one.
    assert corpus.data["speaker"].tolist() == ["A", "M", "B"]
    assert corpus.data["session"].tolist() == ["1", "1", "2"]
    corpus, message = load(database, "emotion", speaker=None, match="unknown")
    assert message == "moods, table emotion: the speakers are unknown."
    assert "speaker" not in corpus.data
    _, message = load(database, "emotion", speaker="person", match="unknown")
    assert message == (
        "moods, table emotion: the speakers are unknown: no table has a column or scheme 'person'."
    )


def test_whole_files_and_speakers_of_segments(database):
    """Of files with one speaker in all segments, it is clear who speaks."""
    database["files"]["who"].set([None, None, None])
    add(database, "segments", "speaker", ["M", "M", "F"])
    corpus, message = load(database, "emotion", match="unknown")
    assert corpus.data["speaker"].tolist() == ["F", "M", None]
    assert message == "moods, table emotion: the speaker of 1 utterance is unknown ('c.wav')."
    database["segments"]["speaker"].set(["M", None, "F"])
    assert load(database, "emotion", match="c.wav")[0].data["speaker"].tolist() == ["F", "M", None]
    database["segments"]["speaker"].set(["M", "F", "F"])
    message = (
        "table 'emotion' is of whole files, and table 'segments' has several people in column or "
        "scheme 'speaker' for 'audio/b.wav' ('M', 'F'): load a table of segments, or pass "
        "speaker=None if they are not needed."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_audformat(database, "emotion")
    # Who is known from a table of files is not looked for.
    database["files"]["who"].set(["F", "M", None])
    corpus, _ = load(database, "emotion", match="unknown")
    assert corpus.data["speaker"].tolist() == ["F", "M", None]
    corpus, _ = load(database, "emotion", speaker=None, match="unknown")
    assert "speaker" not in corpus.data


def test_gaps(database):
    (Path(database.root) / "audio" / "c.wav").unlink()
    database["files"]["who"].set(["F", None, "M"])
    _, message = load(database, "emotion", match="exist")
    assert message == (
        "moods, table emotion: the speaker of 1 utterance is unknown ('b.wav'); 1 file does "
        f"not exist ('c.wav'), such as in {database.root}/audio."
    )
    corpus, message = load(database, "emotion", root="/nowhere", match="3 files do not exist")
    assert corpus.data["file"][0] == "/nowhere/audio/a.wav"


@pytest.mark.parametrize(
    ("table", "columns", "message"),
    [
        ("emotions", None, "table must be one of 'emotion', 'files', 'segments'; got 'emotions'."),
        (
            "people",
            None,
            "table must be one of 'emotion', 'files', 'segments'; got 'people' (a misc table, "
            "without files).",
        ),
        (
            "emotion",
            ["E1", "E9"],
            "columns must be of table 'emotion', which has 'E1', 'E2', 'gold', 'v'; got 'E9'.",
        ),
        (
            "emotion",
            ["v"],
            "columns 'v' of table 'emotion' hold no labels, but numbers or times; scores such as "
            "valence are not learned.",
        ),
        (
            "files",
            None,
            "table 'files' has no column of labels; its columns and their schemes are 'who' "
            "(speaker). Scores such as valence are not learned.",
        ),
        (
            "segments",
            None,
            "table 'segments' has labels of several schemes; its columns and their schemes are "
            "'emotion' (emotion), 'style' (style): pass columns, those that raters filled.",
        ),
    ],
)
def test_what_is_refused(database, table, columns, message):
    database["people"] = audformat.MiscTable(pd.Index(["F"], dtype="string", name="speaker"))
    database.schemes["style"] = audformat.Scheme(labels=["read", "free"])
    add(database, "segments", "style", ["read", "free", "read"], scheme_id="style")
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_audformat(database, table, columns=columns)


def test_no_database(tmp_path):
    message = (
        r"^database must be an audformat\.Database, a folder, or the name of a published "
        r"database; got DataFrame\.$"
    )
    with pytest.raises(TypeError, match=message):
        load_audformat(pd.DataFrame(), "emotion")
    with pytest.raises(FileNotFoundError, match=r"^there is no db\.yaml in .*\. The folder is"):
        load_audformat(tmp_path, "emotion")
    with pytest.raises(FileNotFoundError, match=r"^there is no db\.yaml in a/b\. The folder does"):
        load_audformat("a/b", "emotion")


def test_arguments_for_published_databases(database):
    for given, what in ((database, "in memory"), (database.root, "a folder")):
        message = f"^version, media are for databases .* for audb; database is {what}\\.$"
        with pytest.raises(ValueError, match=message):
            load_audformat(given, "emotion", version="1.0.0", media=["a"])


def test_packages_that_are_not_installed(database, monkeypatch):
    import builtins

    load_module = builtins.__import__

    def refuse(name, *settings, **more):
        if name in ("audb", "audformat"):
            raise ImportError(name)
        return load_module(name, *settings, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    message = "^loading the published database 'emodb' needs audb: pip install audb"
    with pytest.raises(ImportError, match=message):
        load_audformat("emodb", "emotion")
    with pytest.raises(ImportError, match=r"^loading a folder needs audformat: pip install"):
        load_audformat(database.root, "emotion")


# Published databases, in a repository in a folder.


@pytest.fixture
def published(database, tmp_path, monkeypatch, set_home):
    audb = pytest.importorskip("audb")
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "repository").mkdir()
    repository = audb.Repository("repository", str(tmp_path / "host"), "file-system")
    monkeypatch.setattr(audb.config, "REPOSITORIES", [repository])
    monkeypatch.setattr(audb.config, "CACHE_ROOT", str(tmp_path / "cache"))
    monkeypatch.setattr(audb.config, "SHARED_CACHE_ROOT", str(tmp_path / "shared"))
    for variable in ("AUDB_CACHE_ROOT", "AUDB_SHARED_CACHE_ROOT"):
        monkeypatch.delenv(variable, raising=False)
    set_home(tmp_path / "home")
    settings = {"repository": repository, "verbose": False}
    audb.publish(database.root, "1.0.0", previous_version=None, **settings)
    add(database, "emotion", "E3", ["sad"] * 3, scheme_id="emotion", rater_id="E1")
    database.save(database.root)
    audb.publish(database.root, "1.1.0", **settings)
    return database


def test_a_published_database(published, tmp_path):
    expected = load_audformat(published, "emotion")
    corpus = load_audformat("moods", "emotion")
    assert corpus.ratings == expected.ratings
    assert [Path(file).name for file in corpus.data["file"]] == ["a.wav", "b.wav", "c.wav"]
    assert all(Path(file).is_relative_to(tmp_path / "cache") for file in corpus.data["file"])
    assert all(Path(file).is_file() for file in corpus.data["file"])
    others = [name for name in expected.data if name != "file"]
    pd.testing.assert_frame_equal(corpus.data[others], expected.data[others])
    first = load_audformat("moods", "emotion", version="1.0.0", cache_root=tmp_path / "mine")
    assert first.ratings.annotators.tolist() == ["E1", "E2"]
    assert all(Path(file).is_relative_to(tmp_path / "mine") for file in first.data["file"])
    assert not (tmp_path / "home").exists()


def test_only_what_is_needed_is_downloaded(published, tmp_path):
    corpus = load_audformat("moods", "segments")
    assert [Path(file).name for file in corpus.data["file"]] == ["b.wav", "b.wav", "a.wav"]
    assert corpus.data["speaker"].tolist() == ["M", "M", "F"]
    assert corpus.ratings == load_audformat(published, "segments").ratings
    present = sorted(path.name for path in (tmp_path / "cache").rglob("*.wav"))
    assert present == ["a.wav", "b.wav"]
    corpus = load_audformat("moods", "emotion", media=".*/c.wav", version="1.0.0")
    assert [Path(file).name for file in corpus.data["file"]] == ["c.wav"]
    assert corpus.ratings[0] == {"E2": ("happy",)}


@pytest.mark.usefixtures("published")
def test_what_is_not_published():
    message = (
        "'mood' is no folder, and audb knows no such database in the repositories 'repository'."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_audformat("mood", "emotion")
    message = "'moods' has the versions '1.0.0', '1.1.0'; got '2.0.0'."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_audformat("moods", "emotion", version="2.0.0")
    with pytest.raises(ValueError, match=r"^table must be one of 'emotion', 'files', 'segments'"):
        load_audformat("moods", "mood")


def test_a_repository_that_cannot_be_reached(monkeypatch):
    audb = pytest.importorskip("audb")

    def fail(name):
        raise ConnectionError("no route to host")

    monkeypatch.setattr(audb, "versions", fail)
    message = "^'emodb' is no folder, and audb cannot look for it: no route to host$"
    with pytest.raises(ValueError, match=message):
        load_audformat("emodb", "emotion")


def test_the_page_runs(tmp_path, monkeypatch, capsys):
    """The page "Coming from audformat"; its published database is a small one of that name."""
    audb = pytest.importorskip("audb")
    page = Path(__file__).parents[1] / "docs" / "audformat.rst"
    blocks = re.findall(
        r"\.\. code-block:: python\n\n((?:   .*\n|\n)+)", page.read_text(encoding="utf-8")
    )
    memory, folder, published, back = (textwrap.dedent(block) for block in blocks)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(memory, names)
    assert capsys.readouterr().out == (
        "speaker gender\n     03   male\n"
        "[[0, 0, 2], [0, 1, 1], [0, 1, 0], [2, 0, 0]]\n"
        "['sad', None, 'happy', 'angry'] ['angry', 'happy', 'sad']\n"
    )
    exec(folder, names)
    assert capsys.readouterr().out == "True\n"
    exec(back, names)
    assert capsys.readouterr().out == "['sad', 'sad', 'happy', 'angry']\n"
    publish(audb, names["database"], tmp_path, monkeypatch, "emodb")
    exec(published, names)
    assert len(names["corpus"].data) == 2


def publish(audb, database, tmp_path, monkeypatch, name):
    """Publish a database with two files of silence under another name."""
    repository = audb.Repository("repository", str(tmp_path / "host"), "file-system")
    (tmp_path / "host" / "repository").mkdir(parents=True)
    monkeypatch.setattr(audb.config, "REPOSITORIES", [repository])
    monkeypatch.setattr(audb.config, "CACHE_ROOT", str(tmp_path / "cache"))
    monkeypatch.setattr(audb.config, "SHARED_CACHE_ROOT", str(tmp_path / "shared"))
    small = audformat.Database(name)
    small.schemes["emotion"] = database.schemes["emotion"]
    small["emotion"] = audformat.Table(audformat.filewise_index(["a.wav", "b.wav"]))
    add(small, "emotion", "emotion", ["sad", "happy"], scheme_id="emotion")
    add(small, "emotion", "speaker", ["03", "08"])
    small.save(str(tmp_path / "small"))
    for file in ("a.wav", "b.wav"):
        soundfile.write(tmp_path / "small" / file, np.zeros(1600), 16000)
    audb.publish(
        str(tmp_path / "small"), "1.4.1", repository, previous_version=None, verbose=False
    )


@pytest.mark.parametrize("name", ["none", "?", "n/a", "unknown", "None "])
def test_names_of_nobody(database, name):
    add(database, "emotion", "who2", ["F", name, "M"])
    corpus, message = load(database, "emotion", speaker="who2", match="unknown")
    assert corpus.data["speaker"].tolist() == ["F", None, "M"]
    assert "the speaker of 1 utterance is unknown ('b.wav')" in message
