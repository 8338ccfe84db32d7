"""Whatever a foreign file does to a parser is one sentence that names it."""

import json
import resource
import zipfile

import h5py
import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.reading.guard import guarded, last_read
from voxelpose.reading.hdf5 import open_hdf5
from voxelpose.reading.json_text import parse_json, read_json
from voxelpose.reading.npz import open_npz, read_array
from voxelpose.reading.yaml_text import parse_yaml


@pytest.mark.parametrize(
    "fault",
    [KeyError("x"), RecursionError(), MemoryError(), OverflowError("too large"), NotImplementedError(), OSError("odd"),
     ZeroDivisionError(), StopIteration(), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "odd"), KeyError("a " * 9_000)],
    ids=lambda fault: type(fault).__name__,
)  # fmt: skip
def test_every_fault_names_the_file(fault):
    with pytest.raises(InputError, match="^Expected a camera in a.json. Received: .+[.]$") as caught:
        with guarded("a.json", "a camera"):
            raise fault
    assert len(str(caught.value)) <= 1000 and "\n" not in str(caught.value)
    assert last_read() == "a camera in a.json"


def test_what_the_system_refuses_and_what_is_told_already_stay_as_they_are(tmp_path):
    with pytest.raises(InputError, match="^Cannot read .*gone.json: No such file or directory. Expected JSON.$"):
        read_json(tmp_path / "gone.json")
    with pytest.raises(InputError, match="^as it was$"), guarded("a", "b"):
        raise InputError("as it was")


@pytest.mark.parametrize(
    "text, told",
    [
        ("[" * 200_000, "nested too deep"),
        ("[" * 101 + "]" * 101, "more than 100 levels"),
        ('{"a": ' * 101 + "1" + "}" * 101, "more than 100 levels"),
        ('{"a": ' + "9" * 400 + "}", "a whole number of 400 digits"),
        ("{", "no valid JSON"),
        (b"\xff\xfe{}", "byte 0 is no UTF-8"),
    ],
)
def test_json_that_is_none(text, told):
    with pytest.raises(ValueError, match=told):
        parse_json(text)


def test_json_with_a_mark_before_it_with_brackets_in_texts_and_100_deep_is_read(tmp_path):
    content = {"name": "[{" * 500 + '"\\', "deep": json.loads("[" * 99 + "]" * 99), "long": 10**39, "é": [1.5, None]}
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(content).encode())
    assert read_json(tmp_path / "a.json") == content


def nine_levels():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    return "\n".join([*lines, *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))])


@pytest.mark.parametrize(
    "text, told",
    [
        (nine_levels(), "aliases that stand for more than 100,000 values"),
        ("&a [*a, *a]", "holds itself"),
        ("a: &a {b: *a}", "holds itself"),
        ("[" * 60 + "]" * 60, "nested too deep"),
        ("[" * 60_000, "nested too deep"),
        ("a: [1", "expected"),
        ("a: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
    ],
)
def test_yaml_bombs(text, told):
    with pytest.raises(ValueError, match=told):
        parse_yaml(text)


def test_yaml_with_honest_aliases_keeps_its_lines():
    values, root = parse_yaml("base: &b {x: 1}\nchild: {<<: *b, y: 2}\n")
    assert values == {"base": {"x": 1}, "child": {"x": 1, "y": 2}}
    assert [(key.value, key.start_mark.line) for key, _ in root.value] == [("base", 0), ("child", 1)]
    assert [key.value for key, _ in root.value[1][1].value] == ["<<", "y"]
    assert parse_yaml("") == (None, None)


def sealed(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)


@pytest.mark.parametrize("header", [b"{'descr': (", b"(" * 5000, b"{'a': 9" + b"9" * 400, b"\xff\0", b"{[}"])
def test_an_array_whose_header_is_no_python_is_a_sentence(header, tmp_path):
    head = b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header
    sealed(tmp_path / "a.npz", x=head)
    with pytest.raises(InputError, match="Expected numbers in .*a.npz"), open_npz(tmp_path / "a.npz", "numbers") as a:
        a["x"]


def test_a_small_archive_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path):
    sealed(tmp_path / "a.npz", x=bytes(300 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="314,572,800 bytes unpacked"), open_npz(tmp_path / "a.npz", "numbers"):
        pass
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_arrays_archives_and_hdf5_are_told_apart(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(3))
    np.savez(tmp_path / "a.npz", x=np.arange(3))
    assert read_array(tmp_path / "a.npy", "numbers").tolist() == [0, 1, 2]
    with open_npz(tmp_path / "a.npz", "numbers") as found:
        assert found["x"].tolist() == [0, 1, 2]
    with pytest.raises(InputError, match="an archive of arrays"):
        read_array(tmp_path / "a.npz", "numbers")
    with pytest.raises(InputError, match="a single array"), open_npz(tmp_path / "a.npy", "numbers"):
        pass
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = 1
    with open_hdf5(tmp_path / "a.h5", "numbers") as file:
        assert file["x"][()] == 1
    with pytest.raises(InputError, match="Expected numbers in .*a.npz"), open_hdf5(tmp_path / "a.npz", "numbers"):
        pass
