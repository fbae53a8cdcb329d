"""Loaders of acted corpora, on miniatures of their layouts."""

import warnings
from itertools import product

import numpy as np
import pytest
import soundfile

from sklearn_ser.datasets import (
    load_casia,
    load_crema_d,
    load_emodb,
    load_ravdess,
    load_savee,
)


def make(root, *paths):
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, np.zeros(800), 16000)


def test_savee(tmp_path):
    make(tmp_path, "AudioData/DC/a01.wav", "AudioData/DC/n30.wav")
    make(tmp_path, "AudioData/KL/sa02.wav", "AudioData/JK/su15.wav")
    with pytest.warns(UserWarning, match="4 of the 480 utterances") as caught:
        corpus = load_savee(tmp_path)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert corpus.data["speaker"].tolist() == ["DC", "DC", "JK", "KL"]
    assert corpus.data["text"].tolist() == ["01", "30", "15", "02"]
    assert corpus.target.tolist() == ["anger", "neutral", "surprise", "sadness"]
    assert corpus.ratings.consensus().tolist() == corpus.target.tolist()
    assert corpus.target_names == ["anger", "neutral", "sadness", "surprise"]
    assert corpus.sampling_rate == 44100
    assert "4 utterances of 3 men" in corpus.DESCR


def test_casia(tmp_path):
    make(tmp_path, "liuchanhg/angry/201.wav", "wangzhe/Sad/7.wav", "wangzhe/surprise/440.wav")
    with pytest.warns(UserWarning, match="3 of the 9600 utterances"):
        corpus = load_casia(tmp_path)
    assert corpus.data["speaker"].tolist() == ["liuchanhg", "wangzhe", "wangzhe"]
    assert corpus.data["text"].tolist() == ["201", "7", "440"]
    assert corpus.target.tolist() == ["anger", "sadness", "surprise"]
    assert corpus.sampling_rate == 16000


def test_ravdess(tmp_path):
    make(tmp_path, "Actor_12/03-01-06-01-02-01-12.wav", "Actor_01/03-01-03-02-01-02-01.wav")
    make(tmp_path, "song/Actor_01/03-02-03-02-01-02-01.wav")
    with pytest.warns(UserWarning, match="2 of the 1440 utterances") as caught:
        corpus = load_ravdess(tmp_path)
    assert "ignored" not in str(caught[0].message)
    assert corpus.data["speaker"].tolist() == ["01", "12"]
    assert corpus.target.tolist() == ["happiness", "fear"]
    assert corpus.data["intensity"].tolist() == ["strong", "normal"]
    assert corpus.data["repetition"].tolist() == [2, 1]
    assert corpus.sampling_rate == 48000
    with pytest.warns(UserWarning, match="1 of the 1012 utterances"):
        assert len(load_ravdess(tmp_path, vocal_channel="song").data) == 1


@pytest.mark.parametrize(
    ("load", "good", "odd"),
    [
        (load_savee, "AudioData/DC/a01.wav", "AudioData/XX/a01.wav"),
        (load_savee, "AudioData/DC/a01.wav", "AudioData/DC/x01.wav"),
        (load_casia, "liuchanhg/angry/201.wav", "liuchanhg/bored/201.wav"),
        (load_ravdess, "Actor_12/03-01-05-01-02-01-12.wav", "Actor_12/03-01-09-01-02-01-12.wav"),
    ],
)
def test_files_with_other_names_are_ignored_with_a_warning(tmp_path, load, good, odd):
    make(tmp_path, good, odd)
    with pytest.warns(
        UserWarning, match=rf"files that are not named like those of .* are ignored: {odd}\."
    ):
        corpus = load(tmp_path)
    assert corpus.target.tolist() == ["anger"]


@pytest.mark.parametrize(
    ("load", "good"),
    [
        (load_savee, "AudioData/DC/a01.wav"),
        (load_casia, "liuchanhg/angry/201.wav"),
        (load_ravdess, "Actor_12/03-01-05-01-02-01-12.wav"),
    ],
)
def test_emotions(tmp_path, load, good):
    make(tmp_path, good)
    with pytest.raises(ValueError, match=r"emotions must be among .* got \['joy'\]"):
        load(tmp_path, emotions=["joy"])
    with pytest.raises(FileNotFoundError, match=r"no recording of fear in .*named like"):
        load(tmp_path, emotions=["fear"])
    with pytest.raises(FileNotFoundError, match="no recording of anger"):
        load(tmp_path / "nowhere")
    with pytest.warns(UserWarning, match="1 of the"):
        assert len(load(tmp_path, emotions=["anger", "fear"]).data) == 1


def touch(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def load_quietly(load, *args, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return load(*args, **settings)


def list_ravdess():
    """All 1440 names of speech: neutral has only the normal intensity."""
    codes = [
        (emotion, intensity)
        for emotion, intensity in product(range(1, 9), (1, 2))
        if (emotion, intensity) != (1, 2)
    ]
    return [
        f"Actor_{actor:02}/03-01-{emotion:02}-{intensity:02}-{text:02}-{take:02}-{actor:02}.wav"
        for actor in range(1, 25)
        for emotion, intensity in codes
        for text, take in product((1, 2), (1, 2))
    ]


# Every recording once ------------------------------------------------------------------------


def test_ravdess_with_its_folders_twice(tmp_path):
    names = list_ravdess()
    assert len(names) == 1440
    touch(tmp_path, *names)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a complete copy passes without a word
        once = load_ravdess(tmp_path)
    touch(tmp_path, *(f"audio_speech_actors_01-24/{name}" for name in names))
    with pytest.warns(UserWarning, match="1,440 recordings are there more than once") as caught:
        twice = load_ravdess(tmp_path)
    message = str(caught[0].message)
    assert len(caught) == 1
    assert len(message) < 700
    assert "/03-01-01-01-01-01-01.wav is also audio_speech_actors_01-24/Actor_01/" in message
    assert len(twice.data) == 1440
    assert twice.data["file"].tolist() == once.data["file"].tolist()
    assert "of a complete copy" not in message


@pytest.mark.parametrize(
    ("load", "first", "copy"),
    [
        (load_savee, "ALL/DC_a01.wav", "AudioData/DC/a01.wav"),
        (load_savee, "AudioData/KL/sa02.wav", "AudioData/kl/SA02.WAV"),
        (load_casia, "liuchanhg/angry/201.wav", "copy/liuchanhg/angry/201.wav"),
        (load_casia, "angry/201-angry-liuchanhg.wav", "liuchanhg/angry/201.wav"),
        (load_casia, "Chang.Liu/normal/7.wav", "chang.liu/normal/007.wav"),
        (load_emodb, "a/03a01Wa.wav", "b/03a01Wa.wav"),
        (load_crema_d, "AudioWAV/1001_DFA_ANG_XX.wav", "wav/1001_DFA_ANG_XX.wav"),
        (load_crema_d, "AudioWAV/1040_ITH_SAD_X.wav", "AudioWAV/1040_ITH_SAD_XX.wav"),
        (load_ravdess, "03-01-05-01-02-01-12.wav", "03-01-05-01-02-01-12.flac"),
    ],
)
def test_a_recording_is_known_by_its_official_name(tmp_path, load, first, copy):
    touch(tmp_path, first, copy)
    if len(list(tmp_path.rglob("*.*"))) < 2:
        pytest.skip("this file system does not tell the two names apart")
    with pytest.warns(UserWarning, match=f"1 recording is there more .*{first} is also {copy}"):
        corpus = load(tmp_path)
    assert corpus.data["file"].tolist() == [str(tmp_path / first)]
    assert len(corpus.ratings) == 1


def test_copies_with_other_contents_are_said_in_other_words(tmp_path):
    make(tmp_path, "Actor_12/03-01-05-01-02-01-12.wav", "Actor_12/03-01-06-01-02-01-12.wav")
    touch(tmp_path, "old/03-01-05-01-02-01-12.wav", "old/03-01-06-01-02-01-12.flac")
    with pytest.warns(UserWarning, match="1 recording is there with different contents") as caught:
        corpus = load_ravdess(tmp_path)
    message = str(caught[0].message)
    # Sizes of different formats differ in any case.
    assert "1 recording is there more than once" in message
    assert "Actor_12/03-01-05-01-02-01-12.wav differs from old/" in message
    assert corpus.data["file"].str.contains("Actor_12").all()


def test_more_than_complete_is_said(tmp_path):
    # 128 takes of anger, which has 127.
    takes = product(("03", "08", "09", "10", "11", "12", "13", "14"), range(1, 5), "abcd")
    touch(tmp_path, *(f"wav/{speaker}a{text:02}W{take}.wav" for speaker, text, take in takes))
    with pytest.warns(UserWarning, match="128 utterances, more than the 127 of a complete copy"):
        assert len(load_emodb(tmp_path, emotions=["anger"]).data) == 128


# Every person once ---------------------------------------------------------------------------

PINYIN = ("liuchanhg", "wangzhe", "zhaoquanyin", "ZhaoZuoxiang")
DOTTED = ("Chang.Liu", "Zhe.Wang", "Quanyin.Zhao", "Zuoxiang.Zhao")


@pytest.mark.unicode
def test_casia_with_both_parts(tmp_path):
    emotions = ("angry", "fear", "happy", "neutral", "sad", "surprise")
    same = product(PINYIN, emotions, range(201, 501))
    other = product(DOTTED, [e.replace("neutral", "normal") for e in emotions], range(1, 101))
    touch(tmp_path, *(f"\u76f8\u540c\u6587\u672c300/{s}/{e}/{n}.wav" for s, e, n in same))
    touch(tmp_path, *(f"\u4e0d\u540c\u6587\u672c100/{s}/{e}/{n:03}.wav" for s, e, n in other))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        corpus = load_casia(tmp_path)
    assert corpus.data["speaker"].value_counts().to_dict() == dict.fromkeys(PINYIN, 2400)
    assert corpus.data["emotion"].value_counts().unique().tolist() == [1600]
    assert len(corpus.data) == 9600
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        common = load_casia(tmp_path, selection="common")
    # "7,200 utterances that correspond to 300 linguistically neutral sentences".
    assert len(common.data) == 7200
    assert common.data.groupby(["speaker", "emotion"])["text"].nunique().unique().tolist() == [300]
    assert not common.data["file"].str.contains("\u4e0d\u540c").any()
    assert "7200 utterances of 4 speakers" in common.DESCR
    assert "only those of the shared texts" in common.DESCR
    assert "only those of the shared texts" not in corpus.DESCR


@pytest.mark.unicode
@pytest.mark.parametrize(
    ("common", "other"),
    [
        # By the spelling of the speakers' names.
        ("liuchanhg/angry/201.wav", "Chang.Liu/angry/1.wav"),
        ("angry/201-angry-wangzhe.wav", "normal/1-normal-Zhe.Wang.wav"),
        # By the folder of the part, even if the names were changed.
        (
            "\u76f8\u540c\u6587\u672c300/wangzhe/sad/7.wav",
            "\u4e0d\u540c\u6587\u672c100/wangzhe/sad/7.wav",
        ),
        ("ZhaoZuoxiang/fear/300.flac", "Zuoxiang.Zhao/fear/30.flac"),
    ],
)
def test_the_part_of_casia_with_common_texts(tmp_path, common, other):
    touch(tmp_path, common, other)
    assert len(load_quietly(load_casia, tmp_path).data) == 2
    with pytest.warns(UserWarning, match=r"it has 1 of the \d+ utterances of a") as caught:
        corpus = load_casia(tmp_path, selection="common")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    # What was not asked for is no file with a wrong name.
    assert "ignored" not in str(caught[0].message)
    assert "7200" in str(caught[0].message)
    assert corpus.data["file"].tolist() == [str(tmp_path / common)]
    with pytest.warns(UserWarning, match="it has 1 of the 1200 utterances"):
        load_casia(tmp_path, emotions=corpus.target_names, selection="common")


def test_casia_without_common_texts(tmp_path):
    touch(tmp_path, "Chang.Liu/angry/1.wav", "Zhe.Wang/sad/2.wav")
    message = r"selection='common' needs .* all 2 recordings in .* are of other texts\."
    with pytest.raises(FileNotFoundError, match=message):
        load_casia(tmp_path, selection="common")
    with pytest.raises(ValueError, match="'selection' parameter of load_casia must be"):
        load_casia(tmp_path, selection="same")


@pytest.mark.parametrize(
    ("spelled", "speaker"),
    [
        ("LIUCHANHG", "liuchanhg"),
        ("liuchang", "liuchanhg"),
        ("chang.liu", "liuchanhg"),
        ("Chang_Liu", "liuchanhg"),
        ("ZHE.WANG", "wangzhe"),
        ("wangzhe ", "wangzhe"),
        ("QuanYin.Zhao", "zhaoquanyin"),
        ("ZuoXiang.Zhao", "ZhaoZuoxiang"),
        ("zhaozuoxiang", "ZhaoZuoxiang"),
    ],
)
def test_a_person_of_casia_has_many_spellings(tmp_path, spelled, speaker):
    touch(tmp_path, f"{spelled}/Normal/201.wav")
    corpus = load_quietly(load_casia, tmp_path)
    assert corpus.data[["speaker", "emotion"]].values.tolist() == [[speaker, "neutral"]]


def test_the_parts_of_casia_have_numbers_of_their_own(tmp_path):
    touch(tmp_path, "liuchanhg/angry/201.wav", "Chang.Liu/angry/201.wav")
    corpus = load_quietly(load_casia, tmp_path)
    assert corpus.data["text"].tolist() == ["201", "201"]
    assert corpus.data["speaker"].unique().tolist() == ["liuchanhg"]


@pytest.mark.parametrize(
    ("load", "good", "odd"),
    [
        (load_casia, "liuchanhg/angry/201.wav", "zhaoyan/angry/201.wav"),
        (load_casia, "liuchanhg/angry/201.wav", "liuchanhg/happy/201-angry.wav"),
        (load_casia, "liuchanhg/angry/201.wav", "liuchanhg/angry/201-wangzhe.wav"),
        (load_casia, "liuchanhg/angry/201.wav", "liuchanhg/angry/201 copy.wav"),
        (load_casia, "liuchanhg/angry/201.wav", "liuchanhg/angry/liuchanhg_201_angry_0.wav"),
        (load_savee, "DC/a01.wav", "DC/JE_a02.wav"),
        (load_savee, "DC/a01.wav", "DC/a16.wav"),
        (load_savee, "DC/a01.wav", "XY_a01.wav"),
        (load_ravdess, "03-01-05-01-02-01-12.wav", "03-01-05-01-02-01-25.wav"),
        (load_ravdess, "03-01-05-01-02-01-12.wav", "03-01-05-01-02-01-00.wav"),
        (load_emodb, "03a01Wa.wav", "07a01Wa.wav"),
        (load_crema_d, "1001_DFA_ANG_XX.wav", "1092_DFA_ANG_XX.wav"),
        (load_crema_d, "1001_DFA_ANG_XX.wav", "1001_DFA_JOY_XX.wav"),
    ],
)
def test_unknown_people_and_emotions_are_no_new_ones(tmp_path, load, good, odd):
    touch(tmp_path, good, odd)
    with pytest.warns(UserWarning, match=f"not named like those of .* are ignored: {odd}"):
        corpus = load(tmp_path)
    assert corpus.data["file"].tolist() == [str(tmp_path / good)]


def test_a_person_of_savee_in_any_case(tmp_path):
    touch(tmp_path, "dc/a01.wav", "ALL/DC_a02.wav", "ALL/dc_A03.wav")
    assert set(load_quietly(load_savee, tmp_path).data["speaker"]) == {"DC"}


# Layouts that circulate ----------------------------------------------------------------------


@pytest.mark.unicode
@pytest.mark.parametrize(
    ("load", "path", "speaker", "emotion"),
    [
        (load_savee, "ALL/JE_sa03.wav", "JE", "sadness"),
        (load_savee, "savee/AudioData/JE/sa03.wav", "JE", "sadness"),
        (load_savee, "JE/n30.WAV", "JE", "neutral"),
        (load_savee, "JE/n30.flac", "JE", "neutral"),
        (load_emodb, "wav/03a01Wa.wav", "03", "anger"),
        (load_emodb, "03a01Wa.WAV", "03", "anger"),
        (load_emodb, "emodb/wav/03a01Wa.mp3", "03", "anger"),
        (load_crema_d, "AudioWAV/1001_DFA_ANG_XX.wav", "1001", "anger"),
        (load_crema_d, "cremad/AudioWAV/1001_DFA_ANG_XX.ogg", "1001", "anger"),
        (load_crema_d, "1001_DFA_ANG_XX.Wav", "1001", "anger"),
        (load_casia, "CASIA/6/sad/201-sad-zhaoquanyin.wav", "zhaoquanyin", "sadness"),
        (load_casia, "neutral/wangzhe _neutral_206.wav", "wangzhe", "neutral"),
        (
            load_casia,
            "\u76f8\u540c\u6587\u672c300_liuchanhg_happy_201.wav",
            "liuchanhg",
            "happiness",
        ),
        (load_ravdess, "a/b/Actor_02/03-01-05-01-02-01-02.FLAC", "02", "anger"),
    ],
)
def test_layouts(tmp_path, load, path, speaker, emotion):
    touch(tmp_path, path, ".DS_Store", "Thumbs.db", "readme.txt")
    file = tmp_path / path
    touch(tmp_path, f"__MACOSX/{path}", f".Trash/{path}", file.with_name(f"._{file.name}"))
    with pytest.warns(UserWarning, match="1 of the") as caught:
        corpus = load(tmp_path)
    assert "ignored" not in str(caught[0].message)
    assert "more than once" not in str(caught[0].message)
    assert corpus.data[["speaker", "emotion"]].values.tolist() == [[speaker, emotion]]
    assert corpus.data["file"].tolist() == [str(tmp_path / path)]
    assert list(corpus.ratings.ids) == [str(tmp_path / path)]
    assert corpus.target.tolist() == [emotion]


@pytest.mark.parametrize(
    ("load", "path"),
    [(load_savee, "DC/a01.wav"), (load_casia, "wangzhe/sad/201.wav")],
)
@pytest.mark.parametrize("depth", [0, 1])
def test_a_root_that_is_a_speaker_or_an_emotion(tmp_path, monkeypatch, load, path, depth):
    touch(tmp_path, path)
    folder = (tmp_path / path).parents[min(depth, path.count("/") - 1)]
    expected = load_quietly(load, tmp_path).data.drop(columns="file")
    assert load_quietly(load, folder).data.drop(columns="file").equals(expected)
    monkeypatch.chdir(folder)
    assert load_quietly(load, ".").data.drop(columns="file").equals(expected)


@pytest.mark.posix
def test_linked_folders_are_read_once(tmp_path):
    touch(tmp_path / "disk", "Actor_12/03-01-05-01-02-01-12.wav")
    root = tmp_path / "root"
    root.mkdir()
    try:
        (root / "Actor_12").symlink_to(tmp_path / "disk" / "Actor_12")
        (root / "again").symlink_to(tmp_path / "disk")
        (tmp_path / "disk" / "circle").symlink_to(root)
    except OSError:
        pytest.skip("this file system has no links")
    with pytest.warns(UserWarning, match="1 of the 1440 utterances") as caught:
        corpus = load_ravdess(root)
    assert "more than once" not in str(caught[0].message)
    assert corpus.data["file"].tolist() == [str(root / "Actor_12" / "03-01-05-01-02-01-12.wav")]


def test_songs_are_left_out_with_a_word(tmp_path):
    touch(tmp_path, "03-01-05-01-02-01-12.wav", "03-02-05-01-02-01-12.wav")
    corpus = load_quietly(load_ravdess, tmp_path)
    assert len(corpus.data) == 1
    assert "1 files of song in the same folder are left out" in corpus.DESCR
    song = load_quietly(load_ravdess, tmp_path, vocal_channel="song")
    assert "1 files of speech in the same folder are left out" in song.DESCR
    touch(tmp_path / "alone", "03-01-05-01-02-01-12.wav")
    assert "left out" not in load_quietly(load_ravdess, tmp_path / "alone").DESCR


@pytest.mark.parametrize("load", [load_casia, load_crema_d, load_emodb, load_ravdess, load_savee])
def test_a_wrong_folder_is_described(tmp_path, load):
    (tmp_path / "empty").mkdir()
    touch(tmp_path / "other", *(f"{letter}.txt" for letter in "gfedcba"), "sub/x.txt", ".hidden")
    with pytest.raises(FileNotFoundError, match=r"named like .*The folder is empty\."):
        load(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match=r"has a.txt, b.txt, c.txt, d.txt, e.txt and 3 "):
        load(tmp_path / "other")
    with pytest.raises(FileNotFoundError, match=r"The folder does not exist\."):
        load(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"It is a file, not a folder\."):
        load(tmp_path / "other" / "a.txt")


@pytest.mark.parametrize("load", [load_casia, load_emodb, load_ravdess, load_savee])
def test_no_emotions_at_all(tmp_path, load):
    with pytest.raises(ValueError, match=r"emotions must be among .*anger"):
        load(tmp_path, emotions=[])
