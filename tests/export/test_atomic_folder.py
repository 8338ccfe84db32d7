import pytest

from voxelpose.export.atomic_folder import atomic_folder


def test_all_files_move_together_and_replace_what_was_there(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "old").write_text("old")
    (tmp_path / "pair.xml").write_text("old")
    with atomic_folder(tmp_path) as stage:
        (stage / "folder").mkdir()
        (stage / "folder" / "new").write_text("new")
        (stage / "pair.xml").write_text("new")
        (stage / "pair.bin").write_text("new")
        assert (tmp_path / "pair.xml").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "pair.bin", "pair.xml"]
    assert [p.name for p in (tmp_path / "folder").iterdir()] == ["new"]
    assert (tmp_path / "pair.xml").read_text() == "new"


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_everything_as_it_was(tmp_path, failure):
    (tmp_path / "a").write_text("old")
    with pytest.raises(failure), atomic_folder(tmp_path) as stage:
        (stage / "a").write_text("new")
        raise failure
    assert [p.name for p in tmp_path.iterdir()] == ["a"] and (tmp_path / "a").read_text() == "old"
