"""Attacks by archive: nothing lies outside the folder, and nothing is kept of a refused one."""

import io
import json
import os
import stat
import tarfile
import zipfile

import pytest

from vitreous.data.archive import STAMP, Limits, unpacked
from vitreous.errors import DataError


def tar(path, *entries, mode="w"):
    with tarfile.open(path, mode) as file:
        for info, data in entries:
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return path


def entry(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def honest(path, mode="w"):
    return tar(path, (entry("set/cat/1.jpg"), b"a"), (entry("set/dog/1.jpg"), b"bb"), mode=mode)


def files_below(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "tgz", "tar.xz", "tar.bz2"])
def test_an_honest_tar_is_unpacked_once(tmp_path, suffix):
    packing = {"tar": "", "tgz": "gz"}.get(suffix, suffix[4:])
    path = honest(tmp_path / f"a.{suffix}", f"w:{packing}")
    folder = unpacked(path, cache=tmp_path / "cache")
    assert folder.name == "set"
    assert files_below(folder) == ["cat/1.jpg", "dog/1.jpg"]
    before = (folder / "cat/1.jpg").stat().st_mtime_ns
    assert unpacked(path, cache=tmp_path / "cache") == folder
    assert (folder / "cat/1.jpg").stat().st_mtime_ns == before


def test_an_honest_zip_keeps_a_single_class_folder(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("cat/1.jpg", b"a")
        file.writestr("__MACOSX/._1.jpg", b"junk")
    assert files_below(unpacked(tmp_path / "a.zip", cache=tmp_path / "c") / "cat") == ["1.jpg"]


def test_a_damaged_cache_is_unpacked_again(tmp_path):
    path = honest(tmp_path / "a.tar")
    folder = unpacked(path, cache=tmp_path / "cache")
    (folder / "dog/1.jpg").unlink()
    assert files_below(unpacked(path, cache=tmp_path / "cache")) == ["cat/1.jpg", "dog/1.jpg"]
    assert json.loads((folder.parent / STAMP).read_text())["bytes"] == 3


HOSTILE_TARS = {
    "parent": [(entry("../escaped"), b"x")],
    "deep parent": [(entry("a/b/../../../escaped"), b"x")],
    "absolute": [(entry("/tmp/vitreous-escaped"), b"x")],
    "drive": [(entry("C:escaped"), b"x")],
    "backslash": [(entry("..\\escaped"), b"x")],
    "symlink": [(entry("a", tarfile.SYMTYPE, "../.."), b""), (entry("a/escaped"), b"x")],
    "hard link": [(entry("a", tarfile.LNKTYPE, "/etc/passwd"), b"")],
    "character device": [(entry("a", tarfile.CHRTYPE), b"")],
    "block device": [(entry("a", tarfile.BLKTYPE), b"")],
    "pipe": [(entry("a", tarfile.FIFOTYPE), b"")],
    "same name twice": [(entry("a"), b"x"), (entry("a"), b"y")],
    "file as folder": [(entry("a"), b"x"), (entry("a/b"), b"y")],
    "name too long": [(entry("a" * 5000), b"x")],
    "bomb": [(entry("a"), bytes(3_000_000))],
    "many": [(entry(f"{i}"), b"") for i in range(60)],
}


@pytest.mark.parametrize("name", HOSTILE_TARS)
def test_hostile_tars_leave_nothing_behind(tmp_path, name):
    (tmp_path / "inner").mkdir()
    path = tar(tmp_path / "inner" / "bad.tar.xz", *HOSTILE_TARS[name], mode="w:xz")
    limits = Limits(files=50, free_bytes=1_000_000)
    with pytest.raises(DataError) as caught:
        unpacked(path, cache=tmp_path / "inner" / "cache", limits=limits)
    assert "bad.tar.xz" in str(caught.value) and "\n" not in str(caught.value)
    assert files_below(tmp_path) == ["inner/bad.tar.xz"]
    assert list((tmp_path / "inner" / "cache").iterdir()) == []
    assert not os.path.lexists("/tmp/vitreous-escaped")


@pytest.mark.parametrize("name", ["../escaped", "/tmp/vitreous-escaped", "a/../../escaped"])
def test_zip_names_cannot_lead_out(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as file:
        file.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(DataError, match="outside its folder"):
        unpacked(tmp_path / "bad.zip", cache=tmp_path / "cache")
    assert files_below(tmp_path) == ["bad.zip"]


def test_zip_links_and_bombs_are_refused(tmp_path):
    link = zipfile.ZipInfo("a")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as file:
        file.writestr(link, "/etc/passwd")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a", bytes(80 << 20))
    for name, message in (("link", "a link"), ("bomb", "no honest one")):
        with pytest.raises(DataError, match=message):
            unpacked(tmp_path / f"{name}.zip", cache=tmp_path / "cache")
    assert files_below(tmp_path) == ["bomb.zip", "link.zip"]


@pytest.mark.parametrize("suffix", ["zip", "tar", "tar.gz", "tar.xz"])
@pytest.mark.parametrize("damage", ["cut", "noise", "empty"])
def test_damaged_archives_are_named(tmp_path, suffix, damage):
    path = tmp_path / f"a.{suffix}"
    if suffix == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("a", os.urandom(5000))
    else:
        tar(path, (entry("a"), os.urandom(5000)), mode=f"w:{suffix[4:]}")
    data = path.read_bytes()
    path.write_bytes({"cut": data[: len(data) // 2], "noise": b"noise" * 500, "empty": b""}[damage])
    with pytest.raises(DataError, match="a\\." + suffix):
        unpacked(path, cache=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
