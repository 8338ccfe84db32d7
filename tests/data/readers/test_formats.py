"""Every reader against files made after the published description of its format."""

from pathlib import Path

import build_flat
import build_h36m
import build_space
import numpy as np
import pytest
from format_world import Truth

from voxelpose.data.readers import open_dataset
from voxelpose.data.readers.human36m.common import action_of
from voxelpose.data.record import Record, Skipped, check_record
from voxelpose.errors import InputError


def read(name: str, source: Path, part: str, **options: str) -> tuple[list[Record], list[Skipped]]:
    reading, _ = open_dataset(name, source, part, options)
    found = list(reading.records())
    assert reading.count in (None, len(found))
    assert all((source / file).is_file() for file in reading.files)
    return [r for r in found if isinstance(r, Record)], [r for r in found if isinstance(r, Skipped)]


def picture_name(record: Record, source: Path) -> str:
    return record.picture.name.removeprefix(str(source) + "/").removeprefix("images/")


def compare(records: list[Record], truths: list[Truth], source: Path, mm: float = 0.01, px: float = 0.01) -> None:
    """Records in any order against truths, joint by joint by name."""
    assert len(records) == len(truths)
    left = {(t.image.removeprefix("images/"), str(t.facts.get("sequence", ""))): t for t in truths}
    assert len(left) == len(truths)
    by_image = {key[0]: value for key, value in left.items()}
    for record in records:
        key = (picture_name(record, source), record.about.sequence)
        truth = left.get(key) or by_image[key[0]]
        assert check_record(record) is record
        for joint, name in enumerate(record.skeleton.joints):
            if record.joints_mm is not None:
                assert record.joints_mm[joint] == pytest.approx(truth.mm[name], abs=mm), (name, record.source)
            if name in truth.px:
                assert record.shown[joint] == pytest.approx(truth.px[name], abs=px, nan_ok=True), (name, record.source)
        for fact in ("subject", "action", "sequence", "camera", "frame"):
            if fact in truth.facts:
                assert getattr(record.about, fact) == truth.facts[fact], (fact, record.source)


def test_the_authors_files_of_human36m(tmp_path):
    truths = build_h36m.authors(tmp_path)
    records, _ = read("h36m-authors", tmp_path, "valid")
    compare(records, truths, tmp_path)
    # The authors' crop: 40 pixels more than the joints' longer side.
    pixels = np.stack(list(truths[0].px.values()))
    assert records[0].square[2] == pytest.approx(np.ptp(pixels, axis=0).max() + 40)
    assert all((tmp_path / "images" / t.image).is_file() for t in truths)


def test_without_a_mat_file_depth_is_the_middle_of_its_bin(tmp_path):
    truths = build_h36m.authors(tmp_path, "train", mat=False)
    records, _ = read("h36m-authors", tmp_path, "train")
    for record, truth in zip(records, truths, strict=True):
        order = [build_h36m.AUTHORS.index(name) for name in record.skeleton.joints]
        assert record.joints_mm is None
        assert np.abs(record.depth_mm - truth.facts["relative"][order]).max() <= 31.032
        assert record.depth_mm[0] == 0 and np.ptp(record.depth_mm) > 100


@pytest.mark.parametrize("universal_only", [False, True])
def test_the_layout_of_h36m_fetch(tmp_path, universal_only):
    truths = build_h36m.fetch(tmp_path, universal_only)
    for truth in truths if universal_only else []:
        truth.px = {}
    test = [t for t in truths if t.facts["subject"] == "S9"]
    compare(read("h36m-fetch", tmp_path, "all")[0], truths, tmp_path)
    compare(read("h36m-fetch", tmp_path, "test")[0], test, tmp_path)
    records, skipped = read("h36m-fetch", tmp_path, "test", shifted="drop")
    compare(records, [t for t in test if t.facts["sequence"] != "Greeting-2"], tmp_path)
    assert [s.reason for s in skipped] == ["shifted sequence of S9"]


@pytest.mark.parametrize(
    "sequence, action",
    [("Eating 1", "Eating"), ("Greeting-2", "Greeting"), ("WalkTogether", "WalkTogether"), ("Sitting", "Sitting"),
     ("TakingPhoto 1", "Photo"), ("Photo", "Photo"), ("WalkingDog-1", "WalkDog"), ("Phoning", "Phoning")],
)  # fmt: skip
def test_an_action_of_human36m_has_one_name(sequence, action):
    assert action_of(sequence) == action


def test_the_widespread_npz_of_human36m(tmp_path):
    truths = build_h36m.npz(tmp_path)
    records, _ = read("h36m-npz", tmp_path, "all")
    compare(records, truths, tmp_path, mm=0.3, px=0.1)
    assert len(read("h36m-npz", tmp_path, "test", step="1")[0]) == 2 * 2 * 12
    records, skipped = read("h36m-npz", tmp_path, "test", shifted="drop")
    assert {r.about.subject for r in records} == {"S11"} and skipped[0].where == "S9 Greeting"


def test_videos_take_the_place_of_pictures(tmp_path):
    build_h36m.npz(tmp_path)
    videos = "Videos/{subject}/{sequence}.{camera}.mp4"
    record = read("h36m-npz", tmp_path, "train", pictures=videos)[0][1]
    assert record.picture.name == f"{tmp_path}/Videos/S1/Directions_1.54138969.mp4 frame 5"


def test_a_subject_without_camera_is_skipped_and_named(tmp_path):
    build_h36m.npz(tmp_path)
    import pickle

    (tmp_path / "cameras.pkl").write_bytes(
        pickle.dumps({k: v for k, v in pickle.loads((tmp_path / "cameras.pkl").read_bytes()).items() if k[0] != "S9"})
    )
    records, skipped = read("h36m-npz", tmp_path, "test")
    assert {r.about.subject for r in records} == {"S11"}
    assert [s.reason for s in skipped] == ["missing camera"] and "S9" in skipped[0].where


def test_mmposes_small_archive(tmp_path):
    truths = build_h36m.mmpose(tmp_path)
    records, _ = read("h36m-small", tmp_path, "all")
    compare(records, truths, tmp_path)
    assert np.isnan(records[1].pixels[3]).all() and np.isfinite(records[1].shown).all()


@pytest.mark.parametrize(
    "name, build, part",
    [("mpii-h5", build_flat.mpii_h5, "valid"), ("mpii-json", build_flat.mpii_json, "valid"),
     ("mpii", build_flat.mpii_mat, "train")],
)  # fmt: skip
def test_the_three_forms_of_mpii(tmp_path, name, build, part):
    truths = build(tmp_path)
    records, skipped = read(name, tmp_path, part)
    compare(records, truths, tmp_path)
    for record, truth in zip(records, truths, strict=True):
        assert record.about.head_px == pytest.approx(truth.facts.get("head_px", np.nan), nan_ok=True)
        assert record.square[2] == pytest.approx(1.25 * record.box[2])
    assert [s.reason for s in skipped] == (["no joint annotated"] * 2 if name == "mpii" else [])


def test_coco_keypoints(tmp_path):
    truths = build_flat.coco(tmp_path)
    records, skipped = read("coco", tmp_path, "val")
    assert [s.reason for s in skipped] == ["crowd"]
    assert check_record(records[2]) == Skipped("no joint annotated", records[2].source)
    compare(records[:2], truths, tmp_path)
    assert records[0].box == pytest.approx(truths[0].facts["box"])


@pytest.mark.parametrize("name, extended", [("lsp", False), ("lspet", True)])
def test_leeds_sports(tmp_path, name, extended):
    truths = build_flat.lsp(tmp_path, extended)
    compare(read(name, tmp_path, "train")[0], truths, tmp_path)


def test_the_packed_extension_is_read_picture_by_picture(tmp_path):
    truths = build_flat.lspet_packed(tmp_path)
    records, _ = read("lspet-packed", tmp_path, "all")
    for record, truth, value in zip(records, truths, (90, 91), strict=True):
        for joint, name in enumerate(record.skeleton.joints):
            assert record.pixels[joint] == pytest.approx(truth.px[name], abs=0.01, nan_ok=True)
        assert record.picture.read().shape == (192, 192, 3) and record.picture.read().mean() == pytest.approx(
            value, abs=1
        )
    assert len(read("lspet-packed", tmp_path, "heldout")[0]) == 1


def test_mpi_inf_3dhp_training(tmp_path):
    truths = build_space.dhp_train(tmp_path)
    records, _ = read("mpi-inf-3dhp", tmp_path, "train", cameras="0,8")
    compare(records, truths, tmp_path)
    assert len(read("mpi-inf-3dhp", tmp_path, "train")[0]) == 8 * 3
    scaled = read("mpi-inf-3dhp", tmp_path, "train", cameras="0", universal="yes")[0][0]
    assert scaled.joints_mm == pytest.approx(records[0].joints_mm * 0.95)


def test_mpi_inf_3dhp_test_fits_its_camera(tmp_path):
    truths = build_space.dhp_test(tmp_path)
    records, _ = read("mpi-inf-3dhp", tmp_path, "test")
    compare(records, truths, tmp_path)
    assert records[0].camera.fx == pytest.approx(1500.1, abs=0.1)
    assert records[0].camera.project(records[0].joints_mm) == pytest.approx(records[0].pixels, abs=0.05)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_3dpw(tmp_path, protocol):
    truths = build_space.pw3d(tmp_path, protocol)
    records, skipped = read("3dpw", tmp_path, "test")
    compare(records, truths, tmp_path)
    assert [s.reason for s in skipped] == ["camera not aligned to the picture"]
    seen, unseen = read("3dpw", tmp_path, "all", seen_only="yes")
    assert len(seen) == len(truths) - 1 and unseen[-1].reason == "nobody detected in the picture"


def test_humaneva(tmp_path):
    truths = build_space.humaneva(tmp_path)
    records, skipped = read("humaneva", tmp_path, "validate")
    compare(records, truths, tmp_path)
    assert [s.reason for s in skipped] == ["motion capture failed"] * 3


def test_kth_football_sees_through_a_distant_camera(tmp_path):
    truths = build_space.kth(tmp_path)
    records, _ = read("kth-football", tmp_path, "all")
    assert len(records) == len(truths) == 6
    for record, truth in zip(records, truths, strict=True):
        assert picture_name(record, tmp_path) == truth.image and record.about.camera == truth.facts["camera"]
        relative = record.joints_mm - record.joints_mm.mean(0)
        projected = record.camera.project(record.joints_mm)
        for joint, name in enumerate(record.skeleton.joints):
            assert relative[joint] == pytest.approx(truth.facts["relative"][name], abs=0.1)
            assert record.pixels[joint] == pytest.approx(truth.px[name], abs=1e-4)
            assert projected[joint] == pytest.approx(truth.px[name], abs=0.2)


@pytest.mark.parametrize(
    "name, part",
    [("h36m-authors", "valid"), ("h36m-fetch", "test"), ("h36m-npz", "test"), ("h36m-small", "all"), ("mpii", "train"),
     ("mpii-h5", "valid"), ("mpii-json", "valid"), ("coco", "val"), ("lsp", "train"), ("lspet", "train"),
     ("lspet-packed", "all"), ("mpi-inf-3dhp", "train"), ("mpi-inf-3dhp", "test"), ("mpi-inf-3dhp-small", "test"),
     ("3dpw", "test"), ("humaneva", "validate"), ("kth-football", "all"), ("own", "all")],
)  # fmt: skip
def test_a_wrong_folder_is_answered_with_what_was_expected_there(tmp_path, name, part):
    with pytest.raises(InputError, match=r"^Expected .* in .*|^Expected .* at .*"):
        open_dataset(name, tmp_path, part, {})
    with pytest.raises(InputError, match="Expected an option of|Expected"):
        open_dataset(name, tmp_path, part, {"colour": "red"})


def test_names_options_and_parts_that_do_not_exist_are_answered_with_those_that_do(tmp_path):
    build_h36m.npz(tmp_path)
    with pytest.raises(InputError, match="a data set among h36m-authors, .*Received: h37m"):
        open_dataset("h37m", tmp_path, "train", {})
    with pytest.raises(InputError, match="train, test, all. Received: 'valid'"):
        open_dataset("h36m-npz", tmp_path, "valid", {})
    with pytest.raises(InputError, match="among step, pictures, shifted. Received: stride"):
        open_dataset("h36m-npz", tmp_path, "train", {"stride": "2"})
    with pytest.raises(InputError, match="step of h36m-npz to be a int. Received: many"):
        open_dataset("h36m-npz", tmp_path, "train", {"step": "many"})


def test_lists_of_different_lengths_are_refused(tmp_path):
    build_flat.mpii_h5(tmp_path)
    listed = tmp_path / "annot" / "valid_images.txt"
    listed.write_text(listed.read_text() + "one_more.jpg\n")
    with pytest.raises(InputError, match="3 in pictures, 2 in part"):
        open_dataset("mpii-h5", tmp_path, "valid", {})
    build_h36m.authors(tmp_path)
    listed.write_text(listed.read_text() + "one_more.jpg\n")
    with pytest.raises(InputError, match="Expected as many people in every list"):
        open_dataset("h36m-authors", tmp_path, "valid", {})
