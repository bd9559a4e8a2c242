import pytest

from mmvad.demo.pipeline import run_demo
from mmvad.scores.scores_file import read_scores


def test_demo_goes_from_scenes_to_pictures_and_keeps_what_it_made(tmp_path):
    out = tmp_path / 'demo'
    splits = dict(train=(9, 9), test=(2, 2))
    result = run_demo(out, splits=splits)
    assert list(result.seconds) == ['render', 'extract', 'train', 'test', 'report']
    assert set(result.metrics) >= {'frame/AUC', 'frame/AP'}
    videos = read_scores(out / 'scores.json').videos
    assert len(videos) == 4
    assert all(video.clock.fps == 25 for video in videos)
    assert len(list((out / 'curves').glob('*.png'))) == 4
    assert len(list((out / 'attention').rglob('*.png'))) == 3
    assert [len(video.annotated_events) for video in videos] == [0, 0, 1, 1]
    assert 'mmvad demo' in (out / 'review.html').read_text(encoding='utf-8')
    with pytest.raises(FileExistsError, match='files other than those of the demo with seed 1'):
        run_demo(out, seed=1, splits=splits)


@pytest.mark.parametrize('mark', [None, 'Made up with seed 0; the folder was edited.'])
def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path, mark):
    (tmp_path / 'thesis.txt').touch()
    if mark is not None:
        (tmp_path / 'made_by_mmvad_demo.txt').write_text(mark)
    before = sorted(tmp_path.rglob('*'))
    message = r'files other than those of the demo with seed 0; choose another folder or remove it'
    with pytest.raises(FileExistsError, match=message):
        run_demo(tmp_path)
    assert sorted(tmp_path.rglob('*')) == before
