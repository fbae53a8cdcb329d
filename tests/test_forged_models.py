"""Files that a fuzzer would not find: written by hand by somebody who knows skops."""

import json
import traceback
import warnings
from functools import partial

import numpy as np
import pytest
from _archives import find, forge, read_parts, scalar, set_array, write_parts
from _hostile import X, Y, refuse
from _nodes import array_node, array_of, change, dict_of, list_of, node, tuple_of, type_of
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_ser import ConsensusClassifier
from sklearn_ser.features import (
    FramePooler,
    OpenSmileLLD,
)
from sklearn_ser.io import inspect_file, load, save
from sklearn_ser.io._archive import SCHEMA


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.skops"


# Attributes that are not where they are looked for

PAIRS = {
    "array": lambda items: array_of([list_of(*map(scalar, item)) for item in items], (3, 2)),
    "list": lambda items: list_of(*(tuple_of(*map(scalar, item)) for item in items)),
    "tuple": lambda items: tuple_of(*(tuple_of(*map(scalar, item)) for item in items)),
    "set": lambda items: list_of(
        *(tuple_of(*map(scalar, item)) for item in items), loader="SetNode", name="builtins.set"
    ),
    "text of numpy": lambda items: dict_of({k: scalar(v) for k, v in items}, "numpy.str_"),
    "numbers": lambda items: dict_of({"1": scalar("/tmp")}, "builtins.int"),
    "type": lambda items: type_of("builtins.str"),
    "json": lambda items: scalar(dict(items)),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_attributes_are_a_dict_by_name(kind, path):
    """A dict can be updated from rows of an array, too; nothing would see what is in them."""
    save(OpenSmileLLD(), path)
    forged = PAIRS[kind]([("feature_set", "/tmp/evil.conf"), ("memory", "/tmp"), ("root", "/")])
    forge(path, partial(set_content, forged))
    refuse(path, "the attributes of OpenSmileLLD must be a dict by their names")
    with pytest.raises(ValueError, match="cannot be inspected: the attributes of OpenSmileLLD"):
        inspect_file(path)


def set_content(content, parts, schema, stamp):
    schema["content"] = content


def test_objects_without_attributes(path):
    save(FramePooler(), path)
    for content in (None, scalar(None)):
        forge(path, partial(set_content, content))
        assert type(load(path)) is FramePooler


@pytest.mark.parametrize("version", ["\x1b[2J", "1" * 51, "", 3.5, "1.0\n", "1.0 beta"])
def test_versions_that_a_warning_would_show(version, path):
    save(LogisticRegression(), path)
    change(path, "LogisticRegression", _sklearn_version=scalar(version))
    if version == 3.5:
        with pytest.warns(UserWarning, match=r"from version 3\.5"):
            load(path)
    else:
        refuse(path, "the version of LogisticRegression is no version")


# Loaders of other protocols


@pytest.mark.parametrize("protocol", [0, 3, -1, True, 2.0, "2", None, [2], 10**30])
def test_protocols(protocol, path):
    save(FunctionTransformer(np.log1p), path)

    def call(parts, schema, stamp):
        schema["protocol"] = protocol
        # In protocol 0, this names the function.
        func = find(schema, "FunctionTransformer")["func"]
        func["content"] = {"module_path": "builtins", "function": "dict"}

    refuse(forge(path, call), "its objects have protocol .* of skops, and not one of")


def test_the_protocol_before_is_read(path):
    save(LogisticRegression().fit(X, Y), path)
    expected = load(path).predict_proba(X)
    forge(path, lambda parts, schema, stamp: schema.update(protocol=1))
    np.testing.assert_array_equal(load(path).predict_proba(X), expected)


@pytest.mark.parametrize("schema", ["[]", "null", "3", '"a"', "{}", "{"])
def test_schemas_that_are_none(schema, path):
    save(FramePooler(), path)
    parts, _, stamp = read_parts(path)
    write_parts(path, parts, schema, stamp)
    refuse(path, "protocol None of skops|Expecting")


def test_a_schema_must_be_there(path):
    save(FramePooler(), path)
    parts, _, stamp = read_parts(path)
    write_parts(path, {**parts, "1.npy": b""}, "{}", stamp)
    data = path.read_bytes().replace(SCHEMA.encode(), b"schemas.npy")
    path.write_bytes(data)
    refuse(path, r"schema\.json is missing")


# More memory than the file


def plant(path, make, size=10**6, number=7):
    """Put an array into a file, and what is made of it in place of a parameter."""
    save(FramePooler(), path)

    def edit(parts, schema, stamp):
        set_array(parts, {"file": f"{number}.npy"}, np.zeros(size, np.uint8))
        find(schema, "FramePooler")["size"] = make(number)

    return forge(path, edit)


def test_arrays_without_an_id_would_be_read_again(path):
    plant(path, lambda number: list_of(*[array_node(number)] * 2000), number=0)
    refuse(path, r"an array is not in the part 0\.npy")
    bare = array_node(None)
    del bare["__id__"]
    plant(path, lambda _: list_of(*[bare] * 2000), number=None)
    refuse(path, r"an array is not in the part None\.npy")


def test_arrays_are_not_shared_without_end(path):
    """Whatever joins them would need 2 GB; the file has 1.4 MB."""
    plant(path, lambda number: list_of(*[array_node(number)] * 2000))
    refuse(path, "it repeats its arrays too often")
    plant(path, lambda number: list_of(*[array_node(number)] * 5))
    assert len(load(path).size) == 5


def test_arrays_of_objects_hold_no_arrays(path):
    """Of each byte, numpy would make an object."""
    plant(path, lambda number: array_of([array_node(number)] * 5, (5, 10**6)))
    refuse(path, "a NdArrayNode is malformed: .*lists of numbers or text")
    plant(path, lambda number: array_of([list_of(array_node(number))] * 5, ()))
    refuse(path, "lists of numbers or text")
    data = [list_of(scalar("a"), scalar(None)), list_of(scalar(1.5), scalar("b"))]
    plant(path, lambda number: array_of(data, (2, 2)))
    assert load(path).size.tolist() == [["a", None], [1.5, "b"]]


@pytest.mark.parametrize("name", ["float64", "str_", "uint8"])
def test_numbers_are_no_arrays(name, path):
    """numpy.float64 makes an array of an array, eight times as large."""
    plant(path, lambda number: array_node(number, name=f"numpy.{name}"))
    refuse(path, r"the part 7\.npy must be one number or text")
    plant(path, lambda number: array_node(number, name=f"numpy.{name}"), size=())
    assert load(path).size == (np.uint8(0) if name != "str_" else "0")


@pytest.mark.parametrize("part", ["data", "mask"])
def test_masked_arrays_are_made_of_arrays(part, path):
    def make(number):
        parts = {"data": array_node(number), "mask": array_node(number)}
        parts[part] = list_of(*[array_node(number)] * 3)
        return node("MaskedArrayNode", "numpy.ma.MaskedArray", parts)

    plant(path, make)
    refuse(path, "a MaskedArrayNode is malformed: .*arrays")


def test_other_nodes_have_no_file(path):
    plant(path, lambda number: {**list_of(), "file": f"{number}.npy"})
    refuse(path, "a ListNode has a file")


def test_booleans_are_true_or_false(path):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    model.mask_ = np.array([True, False, True])
    save(model, path)

    def spoil(parts, schema, stamp):
        part = find(schema, "Pipeline")["mask_"]["file"]
        parts[part] = parts[part][:-1] + b"\x02"

    assert load(path).mask_.tolist() == [True, False, True]
    refuse(forge(path, spoil), r"\.npy has booleans that are neither True nor False")


# What a terminal shows

EVIL = "\x1b]0;evil\x07\u202e\ud800"


def test_messages_hold_no_characters_that_a_terminal_obeys(path):
    save(FramePooler(), path)
    parts, schema, stamp = read_parts(path)
    forged = {
        "type": (parts, {**schema, "__class__": EVIL}, stamp),
        "loader": (parts, {**schema, "__loader__": EVIL}, stamp),
        "version": (parts, schema, {"format": 2, "version": EVIL}),
        "part": ({**parts, "\x1b.txt": b""}, schema, stamp),
    }
    for made in forged.values():
        write_parts(path, *made)
        with pytest.raises(ValueError, match=r"cannot be loaded.*\\x1b") as caught:
            load(path)
        # What a traceback would show.
        shown = "".join(traceback.format_exception(caught.value))
        assert shown.replace("\n", "").isprintable()
    schema["_skops_version"] = EVIL
    state = dict_of({"memory": scalar("/tmp")})
    find(schema, "FramePooler")["size"] = node("ObjectNode", f"evil.{EVIL}", state)
    write_parts(path, parts, schema, {**stamp, "version": EVIL})
    found = inspect_file(path)
    shown = [found.version, found.skops_version, *found.untrusted, *found.types.index]
    shown += found.reaches["parameter"].tolist()
    assert all(text.isprintable() for text in shown)
    assert shown[2] == r"evil.\x1b]0;evil\x07\u202e\ud800"


# Archives


def test_encrypted_parts_are_refused(path):
    save(FramePooler(), path)
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.index(mark)
        data[start + at] |= 1
    path.write_bytes(data)
    refuse(path, "is encrypted")


@pytest.mark.parametrize("name", ["../1.npy", "/etc/passwd", "schema.json/", "SCHEMA.JSON"])
def test_parts_of_other_names_do_nothing(name, path):
    save(FramePooler(), path)
    parts, schema, stamp = read_parts(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write_parts(path, {**parts, name: b"\x93NUMPY"}, schema, stamp)
    refuse(path, "it has parts that save does not write|.npy|EOF|array")


@pytest.mark.parametrize(
    "text",
    ["9" * 5000, '"\\ud800"', "[1, 2]", "", "{", "1e999", "-", "[" * 5000],
)
def test_scalars_that_are_odd(text, path):
    save(FramePooler(), path)
    change(path, "FramePooler", size={**scalar(1), "content": text})
    if text in ("1e999", '"\\ud800"'):
        assert load(path).size == json.loads(text)
    else:
        refuse(path, "")


@pytest.mark.parametrize("content", [None, 1, [], {}, True])
def test_scalars_that_are_no_text(content, path):
    save(FramePooler(), path)
    change(path, "FramePooler", size={**scalar(1), "content": content})
    refuse(path, "")


def test_an_honest_model_is_as_before(path):
    model = make_pipeline(StandardScaler(), ConsensusClassifier(LogisticRegression())).fit(X, Y)
    save(model, path)
    np.testing.assert_array_equal(load(path).predict_proba(X), model.predict_proba(X))
