import pytest

from voxelpose.data.readers.human36m.common import about_file
from voxelpose.data.record import About
from voxelpose.errors import InputError


@pytest.mark.parametrize(
    "name, about",
    [
        ("S5_Eating_1.55011271_000321.jpg", About("S5", "Eating", "Eating 1", "55011271", 321)),
        # the folder repeats subject, action and camera
        (
            "S1/S1_Directions_1.54138969/S1_Directions_1.54138969_000001.jpg",
            About("S1", "Directions", "Directions 1", "54138969", 1),
        ),
        (
            "S7/S7_Greeting.55011271/S7_Greeting.55011271_000396.jpg",
            About("S7", "Greeting", "Greeting", "55011271", 396),
        ),
    ],
)
def test_names_of_pictures(name, about):
    found = about_file(name)
    assert (found.subject, found.action, found.sequence, found.camera, found.frame) == (
        about.subject, about.action, about.sequence, about.camera, about.frame,
    )  # fmt: skip


def test_other_names_are_refused():
    with pytest.raises(InputError, match="Received: S1/picture.jpg"):
        about_file("S1/picture.jpg")
