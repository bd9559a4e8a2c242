import pytest
import torch

from mmvad.evaluation.metrics import ScoresDump
from mmvad.evaluation.metrics.scores_dump import recognized_video
from mmvad.scores.scores_file import read_scores


def sample(name='a.mp4', score=0.75, label=1, **changes):
    made = dict(
        filename=name,
        pred_score=torch.tensor([1 - score, score]),
        gt_label=torch.tensor([label]),
    )
    return {**made, **changes}


def test_scores_and_labels_are_written_as_scores_of_videos(tmp_path):
    metric = ScoresDump(str(tmp_path / 'scores.json'))
    metric.dataset_meta = dict(dataset='mine')
    metric.process(None, [sample(), sample('b.mp4', 0.25, 0)])
    assert metric.evaluate(2) == {}
    scores = read_scores(tmp_path / 'scores.json')
    assert scores.unit == 'video' and scores.metainfo == dict(dataset='mine')
    found = [(video.name, video.scores.tolist(), video.label) for video in scores.videos]
    assert found == [('a.mp4', [0.75], 1), ('b.mp4', [0.25], 0)]


def test_a_folder_of_frames_is_named_too():
    made = sample(frame_dir='frames/a')
    made.pop('filename')
    assert recognized_video(made).name == 'frames/a'


def test_video_without_a_label_is_kept():
    made = sample()
    made.pop('gt_label')
    assert recognized_video(made).label is None


def test_half_precision_is_read():
    scores = torch.tensor([0.5, 0.5], dtype=torch.bfloat16)
    assert recognized_video(sample(pred_score=scores)).scores.tolist() == [0.5]


def test_sample_without_a_name_is_refused():
    made = sample()
    made.pop('filename')
    with pytest.raises(ValueError, match=r"meta_keys=\('filename',\)"):
        recognized_video(made)


@pytest.mark.parametrize(
    ('score', 'found'),
    [(torch.rand(3), r'pred_score of shape \(3,\)'), (None, 'no pred_score')],
)
def test_other_than_two_classes_are_refused(score, found):
    with pytest.raises(ValueError, match=f"video 'a.mp4': expected pred_score .* got {found}"):
        recognized_video(sample(pred_score=score))


def test_several_labels_are_refused():
    with pytest.raises(ValueError, match=r'expected one label, got \[0, 1\]'):
        recognized_video(sample(gt_label=torch.tensor([0, 1])))


def test_a_video_that_comes_twice_is_refused(tmp_path):
    metric = ScoresDump(str(tmp_path / 'scores.json'))
    metric.process(None, [sample(), sample()])
    with pytest.raises(ValueError, match=r'a\.mp4'):
        metric.evaluate(2)


def test_file_of_another_suffix_is_refused():
    with pytest.raises(ValueError, match=r'dump must be a \.json file'):
        ScoresDump('scores.pkl')
