from dataclasses import replace

import numpy as np
import pytest
from painted_people import people_of, pose

from voxelpose.errors import InputError
from voxelpose.evaluation.metrics.measures import MEASURES
from voxelpose.evaluation.people.people import Tags
from voxelpose.evaluation.protocols.selection import missing_names, selected_rows
from voxelpose.evaluation.protocols.table import PROTOCOLS, fitting_protocols, get_protocol
from voxelpose.skeleton import H36M17, SKELETONS


def people(dataset, part="", **tags):
    count = len(next(iter(tags.values()), [0]))
    columns = {name: np.array(values) for name, values in tags.items()}
    unknown = Tags.unknown(count)
    return replace(people_of([pose()] * count, dataset, replace(unknown, **columns)), part=part)


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS.keys())
def test_every_protocol_is_complete(protocol):
    known = {joint for skeleton in SKELETONS.values() for joint in skeleton.joints}
    assert set(protocol.joints) <= known and len(set(protocol.joints)) == len(protocol.joints)
    assert set(protocol.metrics) <= set(MEASURES)
    assert protocol.about.endswith((".", ")."))
    assert protocol.metric == bool(protocol.root) == bool(protocol.root_depth)


def test_human36m_as_the_paper_measures_it():
    protocol = get_protocol("h36m-mpjpe-paper")
    assert (protocol.subjects, protocol.cameras, protocol.frame_step) == (("S9", "S11"), (), 5)
    assert (protocol.root, protocol.root_depth, protocol.joints) == ("pelvis", "mean limb lengths", H36M17.joints)
    assert protocol.metrics[0] == "mpjpe" and protocol.alignment == "root"


def test_other_joint_sets():
    assert len(get_protocol("3dhp-pck").joints) == len(get_protocol("mpii-pckh").joints) == 14
    assert len(get_protocol("lspet").joints) == 12 and "head" not in get_protocol("lspet").joints
    assert get_protocol("lspet").metrics[:2] == ("pck_0.2", "pck_0.5")


def test_subjects_and_frames_are_chosen():
    frames = [1, 6, 11, 16, 1, 6, 7, 8]
    subjects = ["S9"] * 4 + ["S11"] * 3 + ["S1"]
    everybody = people("h36m-npz", subject=subjects, sequence=subjects, frame=frames)
    assert selected_rows(everybody, get_protocol("h36m-mpjpe-paper")).tolist() == [0, 1, 2, 3, 4, 5]
    assert selected_rows(everybody, get_protocol("h36m-mpjpe")).tolist() == [0, 4]
    assert selected_rows(everybody, get_protocol("h36m-pa-s11")).tolist() == [4]


def test_what_the_data_lacks_is_named():
    some = people("humaneva", subject=["S1", "S3"], camera=["C1", "C1"], action=["Jog", "Jog"])
    assert missing_names(some, get_protocol("humaneva-pa")) == {"subjects": ["S2"], "actions": ["Walking"]}
    assert missing_names(some, get_protocol("own-3d")) == {}


def test_every_camera_counts_its_own_frames():
    everybody = people(
        "h36m-npz", subject=["S9"] * 4, sequence=["a"] * 4, camera=["1", "1", "2", "2"], frame=[0, 64, 3, 4]
    )
    assert selected_rows(everybody, get_protocol("h36m-mpjpe")).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "everybody, name, told",
    [
        (
            dict(dataset="lspet", part="heldout", frame=[1]),
            "h36m-mpjpe",
            "is for h36m-authors.*is lspet.*protocols lspet",
        ),
        (dict(dataset="lspet", part="train", frame=[1]), "lspet", "for the part heldout of lspet.*is the part train"),
        (
            dict(dataset="h36m-npz", subject=["S1", "S5"]),
            "h36m-mpjpe",
            "Expected subjects S9, S11; cameras all.*Received: subjects S1, S5; cameras not told",
        ),
        (dict(dataset="drawn people", frame=[1]), "drawm", "no protocol 'drawm'. Nearest names: drawn"),
    ],
)
def test_wrong_protocols_are_named(everybody, name, told):
    with pytest.raises(InputError, match=told):
        selected_rows(people(**everybody), get_protocol(name))


def test_the_first_fitting_protocol_is_the_usual_one():
    assert [p.name for p in fitting_protocols(people("drawn people", frame=[1]))] == ["drawn", "own-3d"]
    assert fitting_protocols(people("kth-football", frame=[1]))[0].name == "own-3d"


def test_contradictions_in_the_table_are_refused():
    with pytest.raises(ValueError, match="no metric of the alignment 'procrustes'"):
        replace(get_protocol("drawn"), alignment="procrustes")
    with pytest.raises(ValueError, match="need a root"):
        replace(get_protocol("drawn"), root_depth="somewhere")
