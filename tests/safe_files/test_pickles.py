import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_strategies

from voxelpose.errors import InputError
from voxelpose.safe_files.pickles import parse_pickle, read_pickle

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=8,
)
ARRAYS = numpy_strategies.arrays(
    st.sampled_from(["f8", ">f4", "i2", ">i8", "u1", "?", "U3", "S2", "c8"]),
    numpy_strategies.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


@given(PLAIN, st.integers(2, 5))
def test_plain_containers_come_back_as_they_were(value, protocol):
    assert parse_pickle(pickle.dumps(value, protocol), "test") == value


@given(ARRAYS, st.integers(0, 5), st.booleans())
def test_arrays_come_back_with_type_shape_and_content(array, protocol, transposed):
    array = array.T if transposed else array
    found = parse_pickle(pickle.dumps({"a": [array]}, protocol), "test")["a"][0]
    assert found.dtype == array.dtype and found.shape == array.shape
    assert np.array_equal(found, array, equal_nan=array.dtype.kind in "fc")


def test_shared_nested_and_ordered_content_is_kept():
    array = np.arange(3)
    value = OrderedDict(a=array, b=[array, np.float32(2.5)], c=np.array([{"x": 1}, None, array], object))
    found = parse_pickle(pickle.dumps(value), "test")
    assert list(found) == ["a", "b", "c"] and found["b"][0] is found["a"]
    assert found["b"][1] == 2.5 and found["c"][0] == {"x": 1} and found["c"][2].tolist() == [0, 1, 2]


def test_python_2_pickles_are_read_as_latin_1():
    # What Python 2.7 writes for {'name': 'caf\xe9', 'x': numpy.array([1., 2.])} with protocol 2.
    content = (
        b"\x80\x02}q\x01(U\x04nameq\x02U\x04caf\xe9q\x03U\x01xq\x04cnumpy.core.multiarray\n_reconstruct\nq\x05cnumpy\n"
        b"ndarray\nq\x06K\x00\x85q\x07U\x01bq\x08\x87q\x09Rq\x0a(K\x01K\x02\x85q\x0bcnumpy\ndtype\nq\x0cU\x02f8q\x0dK\x00"
        b"K\x01\x87q\x0eRq\x0f(K\x03U\x01<q\x10NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x11b\x89U\x10"
        b"\x00\x00\x00\x00\x00\x00\xf0?\x00\x00\x00\x00\x00\x00\x00@q\x12tq\x13bu."
    )
    found = parse_pickle(content, "test")
    assert found["name"] == "caf\u00e9" and found["x"].tolist() == [1.0, 2.0]


class _Runs:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def test_a_crafted_pickle_is_refused_without_running_anything(tmp_path):
    trace = tmp_path / "ran"
    (tmp_path / "bad.pkl").write_bytes(pickle.dumps({"a": np.zeros(2), "b": _Runs(trace)}))
    with pytest.raises(InputError, match=r"plain containers in .*bad.pkl. Received: it asks for (posix|nt).system"):
        read_pickle(tmp_path / "bad.pkl")
    assert not trace.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"c__builtin__\neval\n(S'1+1'\ntR.",
        b"cnumpy\nload\n(S'/etc/passwd'\ntR.",
        b"cnumpy.core.multiarray\nndarray.tofile\n.",
        b"(ios\nsystem\nS'true'\n.",
        b"\x80\x02cnumpy\nndarray\n)\x81.",
        b"P1\n.",
        b"",
        b"no pickle",
        pickle.dumps({"a": np.zeros(100)})[:-30],
    ],
)
def test_other_programs_and_broken_files_are_refused(content):
    with pytest.raises(InputError, match="Expected a pickle"):
        parse_pickle(content, "test")


def test_absurd_sizes_are_refused_without_allocating_them():
    array = pickle.dumps(np.zeros(4), protocol=2)
    # (4,) in the array's state becomes a shape of 2^31 - 1 elements.
    huge = array.replace(b"K\x01K\x04\x85", b"K\x01J\xff\xff\xff\x7f\x85")
    assert huge != array
    with pytest.raises(InputError, match="does not fit its shape"):
        parse_pickle(huge, "test")
    with pytest.raises(InputError, match="reserves memory"):
        parse_pickle(b"\x80\x02Nr\xff\xff\xff\x7f.", "test")
    with pytest.raises(InputError, match="Expected a pickle"):
        parse_pickle(b"\x80\x04\x8e" + (2**62).to_bytes(8, "little") + b"abc.", "test")


def test_sharing_does_not_grow_without_end():
    value = []
    for _ in range(60):
        value = [value, value]
    found = parse_pickle(pickle.dumps(value), "test")
    assert found[0] is found[1]
    loop: list = []
    loop.append(loop)
    with pytest.raises(InputError, match="Expected a pickle"):
        parse_pickle(pickle.dumps(loop), "test")
