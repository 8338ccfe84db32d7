import numpy as np

from voxelpose.synthetic.bodies.body import PART_NAMES
from voxelpose.synthetic.scene_sampling import stage
from voxelpose.synthetic.scenery.ground import Ground
from voxelpose.synthetic.scenery.seat import seat_under
from voxelpose.synthetic.settings import SyntheticSettings


def seated(bank, number):
    """The posed body, its joints and the floor of a person, and a seat for them."""
    staged = stage(21, number, SyntheticSettings(picture=64, person_free=0))
    frame = staged.person.frame
    posed = bank.body(staged.person.identity).posed(frame)
    ground = Ground.under(posed.vertices[bank.visible], staged.up)
    return staged, posed, ground, seat_under(bank, posed, frame.joints, ground, np.random.default_rng(0))


def test_a_seat_reaches_from_the_floor_to_the_body(bank):
    found = 0
    for number in range(40):
        staged, posed, ground, seats = seated(bank, number)
        hips = posed.vertices[bank.visible[bank.parts[bank.visible] == PART_NAMES.index("pelvis")]]
        lowest = (hips @ ground.up).min() - ground.level
        assert bool(seats) == (lowest >= 180)
        for seat in seats:
            heights = seat.vertices @ ground.up - ground.level
            assert np.isclose(heights.min(), 0, atol=0.5) and np.isclose(heights.max(), lowest + 20, atol=0.5)
            found += 1
    assert found > 5


def test_the_sides_of_a_seat_face_outwards(bank):
    seat = next(seats[0] for number in range(40) if (seats := seated(bank, number)[3]))
    a, b, c = (seat.vertices[seat.faces[:, i]] for i in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    assert np.allclose(normals, seat.normals[seat.faces[:, 0]], atol=1e-3)
    assert (((a + b + c) / 3 - seat.vertices.mean(0)) * normals).sum(1).min() > 0
