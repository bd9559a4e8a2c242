from dataclasses import replace

import numpy as np
import pytest
from toy_videos import make_video, random_videos

from mmvad.evaluation.functional import frame_report, roc_auc, video_frames
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
    report = frame_report([normal(), anomalous()], false_alarm_threshold=0.6, per_category=True)
    assert report.values == {
        'AUC': 1.0,
        'AP': 1.0,
        'PR_AUC_trapezoidal': 1.0,
        'AUC_anomalous': 1.0,
        'AP_anomalous': 1.0,
        'false_alarm_rate': 0.5,
        'AUC/B1': 1.0,
    }
    assert (report.num_videos, report.num_frames, report.num_positive) == (2, 64, 16)


def test_anomalous_only_leaves_easy_normal_videos_out():
    # against its own frames the event loses, against the ten normal videos it wins
    videos = [anomalous(scores=(0.4, 0.9))] + [normal(f'n{i}', (0.1, 0.1)) for i in range(10)]
    values = frame_report(videos).values
    assert values['AUC'] == pytest.approx(20 / 21)
    assert values['AUC_anomalous'] == 0.0
    assert values['AP_anomalous'] == 0.5


def test_category_area_is_over_its_videos_and_all_normal_ones():
    videos = random_videos(num_videos=14)
    values = frame_report(videos, per_category=True).values
    for category in ('B1', 'B2'):
        part = [v for v in videos if v.label == 0 or category in v.category.split('-')]
        assert values[f'AUC/{category}'] == roc_auc(*pooled(part))


def test_video_of_two_categories_counts_for_each():
    videos = [normal(), anomalous('a', category='B1-B2'), anomalous('b', (0.1, 0.7), 'G')]
    values = frame_report(videos, per_category=True).values
    assert [name for name in values if '/' in name] == ['AUC/B1', 'AUC/B2', 'AUC/G']
    assert values['AUC/B1'] == values['AUC/B2'] != values['AUC/G']


def test_categories_are_left_out_unless_asked_for():
    assert not [name for name in frame_report(random_videos()).values if '/' in name]


def test_false_alarm_rate_is_over_normal_videos_only():
    videos = [normal(scores=(0.2, 0.6)), anomalous(scores=(0.9, 0.9))]
    assert frame_report(videos, false_alarm_threshold=0.5).values['false_alarm_rate'] == 0.5


@pytest.mark.parametrize('frame_count', ['segments', 'true'])
def test_order_of_videos_does_not_matter(frame_count):
    videos = random_videos(num_videos=12)
    expected = frame_report(videos, frame_count, per_category=True)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(videos))
        shuffled = frame_report([videos[i] for i in order], frame_count, per_category=True)
        assert shuffled == expected


def test_ranking_metrics_do_not_change_under_a_monotone_transform():
    videos = random_videos(num_videos=12)
    squashed = [replace(video, scores=video.scores**3) for video in videos]
    before, after = (frame_report(v, per_category=True).values for v in (videos, squashed))
    del before['false_alarm_rate'], after['false_alarm_rate']
    assert before == after


def test_frame_counts_differ_by_the_padded_tails_only():
    videos = random_videos()
    segments, true = frame_report(videos), frame_report(videos, 'true')
    assert segments.num_frames == sum(len(segments_to_frames(v.scores)) for v in videos)
    assert true.num_frames == sum(v.clock.num_frames for v in videos)


def test_metrics_without_normal_videos_are_named_as_undefined():
    report = frame_report([anomalous()], per_category=True)
    assert report.undefined == {
        'false_alarm_rate': 'no normal video',
        'AUC/B1': 'no normal video',
    }
    assert report.values['AUC'] == report.values['AUC_anomalous']
    assert 'undefined: false_alarm_rate (no normal video); AUC/B1 (no' in report.summary()


def test_anomalous_only_is_undefined_where_every_such_frame_is_anomalous():
    report = frame_report([normal(), anomalous(events=[(0, 32)])])
    reason = 'no negative among 32 labels'
    assert report.undefined == {'AUC_anomalous': reason, 'AP_anomalous': reason}
    assert not report.values.keys() & report.undefined.keys()


def test_one_class_over_all_frames_is_an_error():
    with pytest.raises(ValueError, match='ROC AUC is undefined: no positive among 32 labels'):
        frame_report([normal()])
    with pytest.raises(ValueError, match='ROC AUC is undefined: no negative among 32 labels'):
        frame_report([anomalous(events=[(0, 32)])])


def test_threshold_outside_of_the_scores_is_an_error():
    with pytest.raises(ValueError, match=r'threshold must lie in \[0, 1\], got 5'):
        frame_report([normal(), anomalous()], false_alarm_threshold=5)


def test_same_video_twice_is_an_error():
    with pytest.raises(ValueError, match="'normal' was scored more than once"):
        frame_report([normal(), anomalous(), normal()])


def test_no_video_is_an_error():
    with pytest.raises(ValueError, match='no video to evaluate'):
        frame_report([])


def test_false_alarm_rate_counts_frames_where_runs_are_unequally_long():
    videos = [normal(scores=(0.9, 0.9, 0.9, 0.1)), anomalous()]
    assert frame_report(videos, false_alarm_threshold=0.5).values['false_alarm_rate'] == 0.75
