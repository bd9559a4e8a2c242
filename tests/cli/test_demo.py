import pytest

from mmvad.cli.demo import describe, main
from mmvad.demo.pipeline import DemoResult, run_demo
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


def test_demo_does_not_touch_a_folder_of_something_else(tmp_path, capsys):
    (tmp_path / 'thesis.txt').touch()
    assert main(['--out', str(tmp_path)]) == 2
    assert 'holds files other than those of the demo' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.txt']


def test_demo_says_what_came_out_and_where_it_is(tmp_path):
    metrics = {'frame/AUC': 0.75, 'frame/AP': 0.5}
    text = describe(DemoResult(tmp_path, metrics, dict(render=1.2, train=3.7)))
    assert text.splitlines()[1] == 'render 1 s, train 4 s'
    assert 'frame AUC 0.7500, AP 0.5000' in text
    assert f'{tmp_path / "review.html"} (open it in a browser)' in text
