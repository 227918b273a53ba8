"""The data folder: one gateway at a time, for its owner alone."""

from __future__ import annotations

import os

import pytest

from jasminlike.errors import SettingError
from jasminlike.folder import DataFolder


def test_it_is_made_for_its_owner_alone(tmp_path):
    folder = DataFolder(tmp_path / "deep" / "data")
    folder.open()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.database == tmp_path / "deep" / "data" / "gateway.db"
    folder.close()


def test_two_gateways_do_not_share_it(tmp_path):
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    first.open()
    with pytest.raises(SettingError, match="in use by another jasmind") as caught:
        second.open()
    assert caught.value.path == "data.folder"
    second.close()
    first.close()
    first.close()
    second.open()
    second.close()


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_folder_that_cannot_be(tmp_path, place):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="cannot be used"):
        DataFolder(tmp_path / place).open()


def test_a_secret_is_made_once(tmp_path):
    folder = DataFolder(tmp_path)
    secret, made = folder.secret("word", 12)
    assert (len(secret), made) == (12, True)
    assert folder.secret("word") == (secret, False)
    assert (tmp_path / "word").stat().st_mode & 0o777 == 0o600
    assert folder.secret("other")[0] != secret
    (tmp_path / "mine").write_text("chosen\n")
    assert folder.secret("mine") == ("chosen", False)
    assert os.listdir(tmp_path)
