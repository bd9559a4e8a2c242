import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS
from mmengine.evaluator import Evaluator
from toy_videos import logged_lines, make_video, random_videos, to_sample

from mmvad.datasets.converters import xd_violence
from mmvad.evaluation import FrameMetric
from mmvad.evaluation.functional import frame_report
from mmvad.scores.annotating import relabel_videos
from mmvad.scores.rule import EventRule
from mmvad.scores.scores_file import read_scores


def run(metric, videos, batch_size=1):
    evaluator = Evaluator(metric)
    samples = [to_sample(video) for video in videos]
    for start in range(0, len(samples), batch_size):
        evaluator.process(samples[start : start + batch_size])
    return evaluator.evaluate(len(samples))


@pytest.mark.parametrize('frame_count', ['segments', 'true'])
def test_metric_is_the_report_under_its_prefix(frame_count):
    videos = random_videos()
    values = run(FrameMetric(frame_count, per_category=True), videos)
    report = frame_report(videos, frame_count, per_category=True)
    assert values == {f'frame/{name}': value for name, value in report.values.items()}
    assert {'frame/AUC', 'frame/AP', 'frame/AUC_macro_within', 'frame/AUC/B1'} <= values.keys()


def test_metric_builds_from_a_config():
    metric = METRICS.build(dict(type='FrameMetric', frame_count='true', prefix='mine'))
    assert all(name.startswith('mine/') for name in run(metric, random_videos()))


def test_batch_size_does_not_matter():
    videos = random_videos()
    assert run(FrameMetric(), videos, batch_size=4) == run(FrameMetric(), videos)


def test_metric_starts_afresh_after_an_evaluation():
    metric, videos = FrameMetric(), random_videos()
    assert run(metric, videos) == run(metric, videos)


def test_threshold_reaches_the_false_alarm_rate():
    low, high = (
        run(FrameMetric(false_alarm_threshold=value, all_metrics=True), random_videos())
        for value in (0.0, 1.0)
    )
    assert low['frame/false_alarm_rate'] == 1.0 > high['frame/false_alarm_rate']


def test_log_states_videos_frames_and_positives():
    anomalous = make_video('a', [0.5], 'B1', [(0, 16)])
    with logged_lines() as lines:
        values = run(FrameMetric(), [anomalous, make_video('b', [0.1])])
    assert lines == [
        'frame metrics over 2 videos, 32 frames (16 per segment), 16 of them anomalous; undefined: '
        'AUC_macro_within (no video has both classes); '
        "false_alarms_per_hour (the frame rate of video 'b' is not known (fps gives it))"
    ]
    assert values.keys() == {'frame/AUC', 'frame/AP'}


def test_the_settings_reach_the_report():
    videos = random_videos()
    metric = FrameMetric(
        'true',
        false_alarm_threshold=0.4,
        all_metrics=True,
        low_ratio=0.5,
        min_seconds=1.5,
        merge_seconds=1.0,
        fps=16,
        seed=3,
    )
    rule = EventRule(0.4, 0.5, 1.5, 1.0)
    report = frame_report(videos, 'true', rule, all_metrics=True, fps=16, seed=3)
    assert run(metric, videos) == {f'frame/{name}': value for name, value in report.values.items()}
    assert report.values.keys() > {'event_mAP', 'AUC_shuffled', 'AUC_own/B1'}


def test_points_of_the_curves_are_written_where_asked_for(tmp_path):
    run(FrameMetric(curves=str(tmp_path / 'curves')), random_videos())
    names = sorted(path.name for path in (tmp_path / 'curves').iterdir())
    assert names == ['curves.json', 'precision_recall.csv', 'roc.csv']


def test_every_value_is_a_plain_number():
    assert {type(value) for value in run(FrameMetric(), random_videos()).values()} == {float}


def test_dump_scores_the_same_again(tmp_path):
    metric = FrameMetric(per_category=True, dump=str(tmp_path / 'dump.json'))
    metric.dataset_meta = {'dataset': 'toy'}
    samples = [to_sample(video).to_dict() for video in random_videos()]
    metric.process(None, samples)
    values = metric.evaluate(len(samples))
    dump = read_scores(tmp_path / 'dump.json')
    again = frame_report(dump.videos, per_category=True).values
    assert dump.metainfo == {'dataset': 'toy'}
    assert values == {f'frame/{name}': value for name, value in again.items()}


def test_dump_is_written_even_where_the_metrics_are_undefined(tmp_path):
    with pytest.raises(ValueError, match='ROC AUC is undefined'):
        run(
            FrameMetric(dump=str(tmp_path / 'dump.json')),
            [make_video('a', [0.5])],
        )
    assert len(read_scores(tmp_path / 'dump.json').videos) == 1


@pytest.mark.parametrize(
    ('arguments', 'text'),
    [
        ({'frame_count': 'both'}, "frame_count must be one of .* got 'both'"),
        ({'false_alarm_threshold': 2}, r'threshold must lie in \[0, 1\], got 2'),
        ({'low_ratio': 0}, r'low_ratio must lie in \(0, 1\], got 0'),
        ({'fps': 0}, 'got 0'),
        ({'dump': 'out.pkl'}, "dump must be a .json file, got 'out.pkl'"),
    ],
)
def test_wrong_argument_is_an_error(arguments, text):
    with pytest.raises(ValueError, match=text):
        FrameMetric(**arguments)


def test_score_that_is_no_probability_is_an_error_that_names_the_video():
    sample = to_sample(random_videos()[0])
    sample.pred_segment_scores[1] = torch.nan
    with pytest.raises(ValueError, match=r"'folder/video 0': scores must lie in .* segment 1"):
        Evaluator(FrameMetric()).process([sample])


def test_missing_video_is_an_error():
    metric = FrameMetric()
    metric.process(None, [to_sample(video).to_dict() for video in random_videos()])
    with pytest.raises(ValueError, match='expected scores of 10 videos, got 9'):
        metric.evaluate(10)


def test_repeated_video_is_an_error_that_names_it():
    videos = random_videos()
    metric = FrameMetric()
    metric.process(None, [to_sample(video).to_dict() for video in [*videos[:8], videos[2]]])
    with pytest.raises(ValueError, match="'folder/video 2' was scored more than once"):
        metric.evaluate(9)


def test_nothing_scored_is_an_error():
    with pytest.raises(ValueError, match='no video to evaluate'):
        FrameMetric().evaluate(3)


# Real scores of a published model on the XD-Violence test videos


@pytest.fixture(scope='module')
def xd_videos(shared_data):
    folder = shared_data / 'annotations' / 'xd_violence'
    events = {}
    for line in (folder / 'annotations.txt').read_text(encoding='utf-8').splitlines():
        name, numbers = re.fullmatch(r'(.+_label_\S+?)(?:\.mp4)?((?: \d+)+)', line.strip()).groups()
        events[name] = np.array(numbers.split(), int).reshape(-1, 2).tolist()
    paths = (folder / 'rgb_test.list').read_text(encoding='utf-8').splitlines()
    names = [re.sub(r'__0\.npy$', '', path.split('/')[-1]) for path in paths[::5]]
    scores = np.load(shared_data / 'scores' / 'xd_violence' / 'segment_scores.npy')[:, 0]
    segments = np.load(shared_data / 'scores' / 'xd_violence' / 'segments_per_video.npy')
    assert len(events) == 500
    assert len(names) == len(segments) == len(set(names)) == 800
    videos = []
    for name, part in zip(names, np.split(scores, np.cumsum(segments)[:-1]), strict=True):
        codes = [code for code in name.split('_label_')[1].split('-') if code != '0']
        category = 'Normal' if codes == ['A'] else '-'.join(codes)
        videos.append(make_video(name, part, category, events.get(name, []), tail='drop_last'))
    return videos


def test_converted_xd_violence_annotations_say_the_same(xd_videos, shared_data):
    folder = shared_data / 'annotations' / 'xd_violence'
    converted = xd_violence.convert(folder / 'rgb_test.list', 'test', folder / 'annotations.txt')
    for before, after in zip(xd_videos, relabel_videos(xd_videos, *converted), strict=True):
        for name in ('name', 'label', 'category', 'annotated_events', 'tail'):
            assert getattr(after, name) == getattr(before, name)


def test_real_xd_violence_scores_give_the_known_figures(xd_videos, tmp_path):
    metric = FrameMetric(
        false_alarm_threshold=0.1, all_metrics=True, fps=24, dump=str(tmp_path / 'dump.json')
    )
    with logged_lines() as lines:
        values = run(metric, xd_videos, batch_size=50)
    assert values['frame/AUC'] == pytest.approx(0.4132456730111373, abs=1e-9)
    assert values['frame/AP'] == pytest.approx(0.19528807751856356, abs=1e-9)
    assert values['frame/PR_AUC_trapezoidal'] == pytest.approx(0.19526526926920387, abs=1e-9)
    assert '800 videos, 2330384 frames (16 per segment), 537805 of them anomalous' in lines[0]
    categories = [
        name.removeprefix('frame/AUC/') for name in values if name.startswith('frame/AUC/')
    ]
    assert categories == ['B1', 'B2', 'B4', 'B5', 'B6', 'G']

    w, within, cross = (
        values[f'frame/{name}'] for name in ('within_weight', 'AUC_within', 'AUC_cross')
    )
    assert w * within + (1 - w) * cross == pytest.approx(0.4132456730111373, abs=1e-12)
    videos = read_scores(tmp_path / 'dump.json').videos
    report = frame_report(videos, rule=EventRule(0.1), all_metrics=True, fps=24)
    assert not report.undefined
    assert values == {f'frame/{name}': value for name, value in report.values.items()}


def test_real_xd_violence_scores_of_another_video_do_not_fit(xd_videos):
    anomalous = [video for video in xd_videos if video.label]
    short, *_, long = sorted(anomalous, key=lambda video: len(video.scores))
    swapped = replace(long, scores=short.scores, clock=short.clock)
    with pytest.raises(ValueError, match=re.escape(f'video {long.name!r}: event [')):
        run(FrameMetric(), [swapped])


def test_dump_is_plain_json(tmp_path):
    run(FrameMetric(dump=str(tmp_path / 'dump.json')), random_videos())
    content = json.loads((tmp_path / 'dump.json').read_text(encoding='utf-8'))
    assert content['version'] == 2
    assert len(content['videos']) == 9
