from dataclasses import replace

import numpy as np
import pytest
from toy_videos import make_video, random_videos

from mmvad.evaluation.functional import (
    FrameRuns,
    category_report,
    event_report,
    frame_details,
    frame_report,
    roc_auc,
    split_auc,
    video_frames,
)
from mmvad.scores.rule import EventRule
from mmvad.timeline import segments_to_frames


def normal(name='normal', scores=(0.2, 0.6)):
    return make_video(name, scores)


def anomalous(name='anomalous', scores=(0.9, 0.4), category='B1', events=((0, 16),)):
    return make_video(name, scores, category, events)


def pooled(videos):
    frames = [video_frames(video, 'segments') for video in videos]
    return [np.concatenate(part) for part in zip(*frames, strict=True)]


def test_worked_numbers_of_one_normal_and_one_anomalous_video():
    # 16 frames each: 0.9 anomalous; 0.2, 0.6 and 0.4 normal
    report = frame_report([normal(), anomalous()], rule=EventRule(0.6), per_category=True, fps=32)
    assert report.values == {
        'AUC': 1.0,
        'AP': 1.0,
        'AUC_macro_within': 1.0,
        'false_alarms_per_hour': 3600.0,
        'AUC/B1': 1.0,
        'AUC_own/B1': 1.0,
    }
    assert report.rule == EventRule(0.6).to_dict()
    assert (report.num_videos, report.num_frames, report.num_positive) == (2, 64, 16)


def test_category_area_is_over_its_videos_and_all_normal_ones():
    videos = random_videos(num_videos=14)
    values = frame_report(videos, per_category=True).values
    for category in ('B1', 'B2'):
        part = [v for v in videos if v.label == 0 or category in v.category.split('-')]
        assert values[f'AUC/{category}'] == roc_auc(*pooled(part))


def test_video_of_two_categories_counts_for_each():
    videos = [normal(), anomalous('a', category='B1-B2'), anomalous('b', (0.1, 0.7), 'G')]
    values = frame_report(videos, per_category=True).values
    names = [name for name in values if name.startswith('AUC/')]
    assert names == ['AUC/B1', 'AUC/B2', 'AUC/G']
    assert values['AUC/B1'] == values['AUC/B2'] != values['AUC/G']


def test_categories_are_left_out_unless_asked_for():
    assert not [name for name in frame_report(random_videos()).values if '/' in name]


def test_all_metrics_are_those_of_each_report_for_the_same_arguments():
    videos, rule = random_videos(num_videos=12), EventRule(0.7, min_seconds=1)
    report = frame_report(videos, 'true', rule, all_metrics=True, fps=16, seed=5)
    runs = FrameRuns.join(videos, 'true')
    parts = split_auc(runs.labels, runs.scores, runs.videos, runs.lengths)
    tables = [
        frame_details(videos, runs, parts, 'true', 0.7, 5),
        event_report(videos, rule, 'true', 16),
        category_report(videos, runs),
    ]
    names = ['AUC', 'AP', 'AUC_macro_within', 'false_alarms_per_hour']
    expected = {name: report.values[name] for name in names}
    for table in tables:
        expected |= table.values
    assert report.values == expected and len(expected) > 40
    assert report.values['AUC_macro_within'] == parts.macro_within


def test_the_default_table_is_short():
    report = frame_report(random_videos(num_videos=12), fps=16)
    assert list(report.values) == ['AUC', 'AP', 'AUC_macro_within', 'false_alarms_per_hour']


def test_lines_end_with_what_is_undefined():
    lines = frame_report([normal(), anomalous()]).lines()
    assert lines[0] == 'AUC: 1.0'
    assert lines[-1].startswith('false_alarms_per_hour: undefined, because the frame rate of video')


@pytest.mark.parametrize('frame_count', ['segments', 'true'])
def test_order_of_videos_does_not_matter(frame_count):
    videos = random_videos(num_videos=12)
    expected = frame_report(videos, frame_count, all_metrics=True, fps=16)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(videos))
        shuffled = frame_report([videos[i] for i in order], frame_count, all_metrics=True, fps=16)
        assert shuffled.values == pytest.approx(expected.values, abs=1e-12)
        assert shuffled.undefined == expected.undefined


def test_ranking_metrics_do_not_change_under_a_monotone_transform():
    videos = random_videos(num_videos=12)
    squashed = [replace(video, scores=video.scores**3) for video in videos]
    before, after = (frame_report(v, per_category=True).values for v in (videos, squashed))
    assert before == after


def test_frame_counts_differ_by_the_padded_tails_only():
    videos = random_videos()
    segments, true = frame_report(videos), frame_report(videos, 'true')
    assert segments.num_frames == sum(len(segments_to_frames(v.scores)) for v in videos)
    assert true.num_frames == sum(v.clock.num_frames for v in videos)


def test_metrics_without_normal_videos_are_named_as_undefined():
    report = frame_report([anomalous()], per_category=True)
    assert report.undefined == {
        'false_alarms_per_hour': 'no normal video',
        'AUC/B1': 'no normal video',
    }
    assert report.values['AUC'] == report.values['AUC_own/B1']
    assert 'undefined: false_alarms_per_hour (no normal video); AUC/B1 (no' in report.summary()


def test_macro_within_is_undefined_where_no_video_has_both_classes():
    report = frame_report([normal(), anomalous(events=[(0, 32)])], fps=16)
    assert report.undefined == {'AUC_macro_within': 'no video has both classes'}
    assert not report.values.keys() & report.undefined.keys()


def test_one_class_over_all_frames_is_an_error():
    with pytest.raises(ValueError, match='ROC AUC is undefined: no positive among 32 labels'):
        frame_report([normal()])
    with pytest.raises(ValueError, match='ROC AUC is undefined: no negative among 32 labels'):
        frame_report([anomalous(events=[(0, 32)])])


def test_same_video_twice_is_an_error():
    with pytest.raises(ValueError, match="'normal' was scored more than once"):
        frame_report([normal(), anomalous(), normal()])


def test_no_video_is_an_error():
    with pytest.raises(ValueError, match='no video to evaluate'):
        frame_report([])
