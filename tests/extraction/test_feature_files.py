import json
import os

import numpy as np
import pytest

from mmvad.datasets.feature_record import FORMAT, record_path
from mmvad.extraction.feature_files import (
    MADE_FROM,
    is_up_to_date,
    keep_whole,
    remove_leftovers,
    write_features,
)

MADE = dict(features=dict(network='i3d'), reading=dict(decoder='pyav'), source=dict(size=7))
PIECES = [np.full((n, 5, 4), n, np.float32) for n in (2, 1)]


def describe(num_segments):
    return dict(format=FORMAT, segments=num_segments, video=dict(fps=25), **MADE)


@pytest.fixture
def target(tmp_path):
    path = tmp_path / 'gate' / 'cam.1.npy'
    write_features(path, PIECES, describe)
    return path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_pieces_become_one_file_beside_the_record_of_its_length(target):
    assert np.load(target).tolist() == np.concatenate(PIECES).tolist()
    assert json.loads(record_path(target).read_text()) == describe(3)
    assert names(target.parent) == ['cam.1.npy', 'cam.1.record.json']


def test_no_piece_is_an_error_and_no_file(tmp_path):
    with pytest.raises(ValueError, match=r'a\.npy: there are no features to write'):
        write_features(tmp_path / 'a.npy', [], describe)
    assert names(tmp_path) == []


def test_a_break_between_two_pieces_leaves_the_file_before_with_its_record(target):
    def broken():
        yield np.zeros((1, 5, 4), np.float32)
        raise KeyboardInterrupt

    before = target.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write_features(target, broken(), describe)
    assert target.read_bytes() == before and is_up_to_date(target, MADE)
    assert names(target.parent) == ['cam.1.npy', 'cam.1.record.json']


def test_a_break_before_the_new_record_leaves_no_old_one_to_describe_the_new_file(target):
    def refuse(num_segments):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_features(target, PIECES[:1], refuse)
    assert len(np.load(target)) == 2 and names(target.parent) == ['cam.1.npy']


def test_a_whole_file_of_the_same_making_is_up_to_date(target):
    assert is_up_to_date(target, MADE)
    assert is_up_to_date(target, {**MADE, 'video': 'does not count'})


@pytest.mark.parametrize('key', MADE_FROM)
def test_a_file_of_another_making_is_not(target, key):
    assert not is_up_to_date(target, {**MADE, key: dict(other=1)})


def shorten(target):
    target.write_bytes(target.read_bytes()[:-4])


def forget(target):
    record_path(target).unlink()


def lose(target):
    target.unlink()


def exchange(target):
    np.save(target, np.zeros((9, 5, 4), np.float32))


def damage_record(target):
    record_path(target).write_text('{')


def drop_length(target):
    content = json.loads(record_path(target).read_text())
    del content['segments']
    record_path(target).write_text(json.dumps(content))


@pytest.mark.parametrize(
    ('damage', 'text', 'left'),
    [
        (shorten, '; cam.1.npy was damaged and is removed', []),
        (lose, '', []),
        (forget, '; cam.1.npy, which has no record, stays', ['cam.1.npy']),
        (exchange, '; cam.1.npy stays, but its record is of another file or damaged', None),
        (damage_record, '; cam.1.npy stays, but its record is of another file or damaged', None),
        (drop_length, '; cam.1.npy stays, but its record is of another file or damaged', None),
    ],
)
def test_of_a_video_that_failed_only_incomplete_features_are_removed(target, damage, text, left):
    damage(target)
    assert not is_up_to_date(target, MADE)
    assert keep_whole(target) == text
    assert names(target.parent) == (['cam.1.npy', 'cam.1.record.json'] if left is None else left)


def test_whole_features_of_a_video_that_failed_stay(target):
    text = keep_whole(target)
    assert text.startswith('; cam.1.npy of an earlier run stays, and its record says which')
    assert is_up_to_date(target, MADE)


def test_leftovers_go_from_all_folders_below_and_everything_else_stays(tmp_path):
    leftovers = ['gate/.cam.1-abcd_123.tmp.npy', '.cam.1.record-00000000.tmp.json']
    others = ['gate/.cam.1-short.tmp.npy', 'gate/cam.1.npy', 'yard/.hidden']
    for name in leftovers + others:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 0))
    fresh = tmp_path / 'yard/.cam.1-abcd_123.tmp.npy'  # of a process that may still run
    fresh.touch()
    remove_leftovers(tmp_path)
    left = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob('*') if path.is_file()]
    assert sorted(left) == sorted([*others, 'yard/.cam.1-abcd_123.tmp.npy'])
