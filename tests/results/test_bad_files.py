"""Whatever is wrong with a file is one sentence that names it."""

import io
import json
import zipfile

import numpy as np
import pytest
from test_pose import make_pose
from test_sequence import make_sequence

from voxelpose.errors import InputError
from voxelpose.results.nobody import Nobody
from voxelpose.results.pose import Pose3D
from voxelpose.results.reading import read_result
from voxelpose.results.sequence import PoseSequence

NOBODY = Nobody(
    presence=0.2, threshold=0.5, box=(0, 0, 9, 9), model="m", weights_sha256=None, image=None, image_size=(9, 9)
)
DEEP = "[" * 200_000 + "]" * 200_000
KINDS = [Pose3D, Nobody, PoseSequence]


def refused(read, path, told=""):
    with pytest.raises(InputError) as caught:
        read(path)
    message = str(caught.value)
    assert str(path) in message and "\n" not in message and len(message) < 600
    assert told in message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "content, told",
    [
        (b"", "no valid JSON"),
        (b"{", "no valid JSON"),
        (b"\xff\xfe{}", "no valid JSON"),
        (b"\xef\xbb\xbf{}", ""),
        (DEEP.encode(), "nested too deep"),
        (b'{"facts": ' + DEEP.encode() + b"}", "nested too deep"),
        (b"[]", ""),
        (b"3", ""),
        (b"null", ""),
        (b'{"schema": []}', ""),
        (b"9" * 5000, ""),
    ],
)
def test_no_result_at_all(kind, content, told, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    refused(kind.load, path, told)
    refused(read_result, path, told)


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_no_file(kind, tmp_path):
    refused(kind.load, tmp_path / "a.json", "No such file")
    refused(kind.load, tmp_path, "")


# In place of any value of a file.
WRONG = [None, True, "text", -1, 0, 1e400, 10**400, float("nan"), [], [[]], {}, {"a": 1}, [None], ["a"], [[1], [1, 2]]]
WRONG.append(json.loads("[" * 400 + "]" * 400))


def replaced(content, wrong):
    """The content with one value at any depth replaced, in all ways (of lists the first one)."""
    items = content.items() if isinstance(content, dict) else list(enumerate(content))[:1]
    for key, value in items:
        for one in [wrong, *(replaced(value, wrong) if isinstance(value, (dict, list)) else ())]:
            copy = content.copy()
            copy[key] = one
            yield copy


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
@pytest.mark.parametrize("result", [make_pose(), NOBODY], ids=["pose", "nobody"])
def test_any_wrong_value_is_a_sentence_or_another_result(result, wrong):
    for content in replaced(result.to_dict(), wrong):
        try:
            read = type(result).from_dict(content, "a.json")
        except InputError as error:
            assert str(error).startswith("a.json is not") and len(str(error)) < 600
        else:
            json.dumps(read.to_dict(), allow_nan=False)


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_any_wrong_value_of_a_sequence_is_a_sentence_or_another_sequence(wrong, tmp_path):
    sequence = make_sequence()
    sequence.save(tmp_path / "a.json")
    for content in replaced(json.loads((tmp_path / "a.json").read_text()), wrong):
        try:
            read = PoseSequence.from_json(content, "a.json")
        except InputError as error:
            assert str(error).startswith("a.json is not") and "\n" not in str(error) and len(str(error)) < 600
        else:
            json.dumps(read.facts(), allow_nan=False)


@pytest.mark.parametrize("key", make_pose().to_dict())
def test_every_key_of_a_pose_is_needed(key):
    content = make_pose().to_dict()
    del content[key]
    with pytest.raises(InputError, match=rf"Expected {key}\b.*Received: nothing"):
        Pose3D.from_dict(content)


def test_parts_are_no_keys_of_a_file():
    with pytest.raises(InputError, match="no further keys. Received: provenance"):
        Pose3D.from_dict(make_pose().to_dict() | {"provenance": {}})


@pytest.mark.parametrize("version", [0, 3, "1", 1.5, True, None, [1]])
def test_unknown_versions(version):
    with pytest.raises(InputError, match="schema_version to be 1 to 2. Received"):
        Pose3D.from_dict(make_pose().to_dict() | {"schema_version": version})


@pytest.mark.parametrize("parents", [[0, 2, 1], [0, 0, 3], [0, 0, -1], [0, 1, 0]])
def test_trees_that_are_none(parents):
    content = make_pose().to_dict()
    for name in ("joints", "joints_2d", "covariance", "confidence", "outside_crop", "joint_names"):
        content[name] = content[name][:3]
    with pytest.raises(InputError, match="root|joint indices"):
        Pose3D.from_dict(content | {"parents": parents})


def archive(**arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


@pytest.fixture
def members(tmp_path):
    make_sequence().save(tmp_path / "whole.npz")
    with np.load(tmp_path / "whole.npz") as content:
        return dict(content)


def test_archives_that_are_no_sequence(members, tmp_path):
    path = tmp_path / "a.npz"
    whole, packed = archive(**members), (tmp_path / "whole.npz").read_bytes()
    deep = np.array(str(members["facts"]).replace('"fps": ', f'"fps": {DEEP}, "x": '))
    huge = members | {"confidence": np.broadcast_to(0.5, (4, 99))}
    for content in (
        b"", b"PK", whole[:-300], whole[:300], whole[:2000] + b"\0" * 50 + whole[2050:],
        *(packed[:n] + bytes(99) + packed[n + 99 :] for n in range(40, len(packed) - 99, 400)),
        archive(**members | {"facts": deep}),
        archive(**members | {"facts": np.array("[]")}),
        archive(**members | {"facts": np.array(3)}),
        archive(**members | {"joints": np.array([{}], object)}),
        archive(**members | {"joints": members["joints"].astype(str)}),
        archive(**members | {"times": np.array(1.0)}),
        archive(**members | {"times": np.zeros(0)}),
        archive(**members | {"presence": np.full(4, 1.5)}),
        archive(**members | {"covariance": np.full((4, 17, 3, 3), np.inf)}),
        archive(**huge),
    ):  # fmt: skip
        path.write_bytes(content)
        refused(PoseSequence.load, path)
        refused(read_result, path)


def test_a_member_that_says_it_is_huge_is_not_read(members, tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(archive(**members))
    with zipfile.ZipFile(path) as before:
        names = {name: before.read(name) for name in before.namelist()}
    head = names["joints.npy"].replace(b"(4, 17, 3)", b"(10000000000, 17, 3)")
    names["joints.npy"] = head
    with zipfile.ZipFile(path, "w") as after:
        for name, content in names.items():
            after.writestr(name, content)
    refused(PoseSequence.load, path)
