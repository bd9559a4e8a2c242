import pytest
from mmvad.apis.results import read_results
from mmvad.evaluation.dump import load_dump
from toy_data import load_tool

from mmvad.demo.pipeline import run_demo


def test_demo_goes_from_scenes_to_pictures_and_keeps_what_it_made(tmp_path):
    out = tmp_path / 'demo'
    splits = dict(train=(9, 9), test=(2, 2))
    result = run_demo(out, splits=splits)
    assert list(result.seconds) == ['render', 'extract', 'train', 'test', 'report']
    assert 0 <= result.metrics['frame/AUC'] <= 1
    assert len(load_dump(out / 'scores.json')[1]) == 4
    assert len(list((out / 'curves').glob('*.png'))) == 4
    assert len(list((out / 'attention').rglob('*.png'))) == 3
    videos = read_results(out / 'results.json')['videos']
    assert [len(video['ground_truth']) for video in videos] == [0, 0, 1, 1]
    assert 'mmvad demo' in (out / 'review.html').read_text(encoding='utf-8')
    with pytest.raises(FileExistsError, match='something else than the demo with seed 1'):
        run_demo(out, seed=1, splits=splits)


def test_demo_does_not_touch_a_folder_of_something_else(tmp_path):
    (tmp_path / 'thesis.txt').touch()
    with pytest.raises(FileExistsError, match='holds files of something else than the demo'):
        load_tool('demo').main(['--out', str(tmp_path)])
