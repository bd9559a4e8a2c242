import os
from pathlib import Path

import pytest

from mmvad.review.outputs import Outputs, check_folder, name_outputs, plan_outputs


def test_names_are_short_where_that_is_clear():
    assert name_outputs(['rtsp://gate:554 #1', 'a/b.mp4', 'Fight/c']) == [
        'rtsp_gate_554_1',
        'b',
        'c',
    ]
    assert name_outputs(['a.mp4', 'A.avi', 'b.mp4']) == ['a.mp4', 'A.avi', 'b']
    assert name_outputs(['d/x.mp4', 'e/x.mp4', 'd+x.mp4.mp4'])[:2] == ['d+x.mp4', 'e+x.mp4']
    assert name_outputs([os.fsdecode(b'caf\xe9.mp4')]) == ['caf%E9']


def test_passwords_do_not_reach_file_names():
    names = name_outputs(['rtsp://me:one@gate/1', 'rtsp://you:two@gate/1'])
    assert len(set(names)) == 2
    assert not any(secret in name for name in names for secret in ('me', 'one', 'you', 'two'))


def test_a_video_given_twice_is_an_error():
    with pytest.raises(ValueError, match=r'given twice: a\.mp4'):
        name_outputs(['a.mp4', 'b.mp4', 'a.mp4'])


def test_plan_holds_what_is_asked_for_and_nothing_else(tmp_path):
    everything = plan_outputs(['a.mp4', 'test/b'], Outputs(tmp_path, tmp_path / 'p.html'))
    assert sorted(path.name for path in everything.files) == [
        'a.png',
        'a_annotated.mp4',
        'b.png',
        'b_annotated.mp4',
        'p.html',
        'scores.csv',
    ]
    page = tmp_path / 'p.html'
    assert plan_outputs(['a.mp4'], Outputs(page=page)).files == [page]
    none = Outputs(tmp_path, curves=False, table=False, videos=False)
    assert plan_outputs(['a.mp4'], none).files == []


def test_an_input_is_never_written_over(tmp_path):
    (tmp_path / 'link.html').symlink_to(tmp_path / 'scores.jsonl')
    for videos, outputs, inputs in (
        (['a.mp4', str(tmp_path / 'a_annotated.mp4')], Outputs(tmp_path), ()),
        (['a.mp4'], Outputs(tmp_path), [tmp_path / 'x' / '..' / 'scores.csv']),
        (['a.mp4'], Outputs(page=tmp_path / 'link.html'), [tmp_path / 'scores.jsonl']),
        ([str(tmp_path / 'a.npy')], Outputs(page=tmp_path / 'a.npy'), ()),
    ):
        with pytest.raises(ValueError, match=r'would be overwritten by .*; choose another place'):
            plan_outputs(videos, outputs, inputs)


def test_no_two_outputs_are_one_file(tmp_path):
    with pytest.raises(ValueError, match=r'gate\.png and .*GATE\.png are one file'):
        plan_outputs(['gate.mp4'], Outputs(tmp_path, tmp_path / 'GATE.png'))


def test_videos_too_large_for_the_page_are_found_before_the_work(tmp_path):
    large = tmp_path / 'large.mp4'
    with large.open('wb') as file:
        file.truncate(2**29)
    with pytest.raises(ValueError, match=r'large\.mp4 has 512 MiB'):
        plan_outputs([str(large)], Outputs(page=tmp_path / 'p.html', embed=True))


def test_paths_that_cannot_be_written_are_found_before_the_work(tmp_path):
    (tmp_path / 'file').touch()
    for outputs in (
        Outputs(tmp_path / 'file'),
        Outputs(tmp_path / 'file' / 'below'),
        Outputs(page=tmp_path / 'file' / 'run.html'),
    ):
        with pytest.raises(OSError, match='cannot write to '):
            outputs.check()
    with pytest.raises(IsADirectoryError, match='it is a folder'):
        Outputs(page=tmp_path).check()


def test_a_folder_is_made_and_left_empty(tmp_path):
    check_folder(tmp_path / 'new' / 'folder')
    assert list(Path(tmp_path / 'new' / 'folder').iterdir()) == []
