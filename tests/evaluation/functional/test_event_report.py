import pytest
from toy_videos import make_video

from mmvad.evaluation.functional import cut_video, event_report, score_events
from mmvad.evaluation.functional.event_matching import TIOUS
from mmvad.scores.rule import EventRule


def videos():
    return [
        make_video('n', [0.1, 0.9]),
        make_video('a', [0.1, 0.9, 0.9, 0.1, 0.6], 'B1', [(8, 40), (72, 80)]),
    ]


def test_the_report_holds_the_scores_of_each_temporal_iou_and_their_mean():
    values = event_report(videos(), EventRule(), fps=16).values
    scores = score_events([cut_video(video, EventRule()) for video in videos()])
    for tiou, score in zip(TIOUS, scores, strict=True):
        for name in ('precision', 'recall'):
            assert values[f'event_{name}/{tiou}'] == getattr(score, name)
        assert values[f'event_F1/{tiou}'] == score.f1
        assert values[f'event_AP/{tiou}'] == score.ap
    assert values['event_mAP'] == pytest.approx(sum(s.ap for s in scores) / 5)
    assert values['events_detected'] == 1.0 and values['event_delay_seconds'] == 1.0
    assert len(values) == 4 * 5 + 3


def test_without_a_rate_only_what_is_in_seconds_is_undefined():
    table = event_report(videos(), EventRule())
    reason = "the frame rate of video 'n' is not known (fps gives it)"
    assert table.undefined == {'event_delay_seconds': reason}
    table = event_report(videos(), EventRule(min_seconds=1))
    assert set(table.undefined.values()) == {reason} and not table.values
    assert len(table.undefined) == 4 * 5 + 3


def test_what_nothing_defines_has_a_reason():
    table = event_report(videos(), EventRule(0.95), fps=16)
    assert table.undefined['event_precision/0.1'] == 'the rule cuts no event'
    assert table.undefined['event_delay_seconds'] == 'no annotated event is detected'
    assert table.values['event_recall/0.1'] == table.values['event_mAP'] == 0.0
    assert table.values['event_F1/0.1'] == table.values['events_detected'] == 0.0
    table = event_report(videos()[:1], EventRule(), fps=16)
    reason = 'no event is annotated'
    assert table.undefined['event_recall/0.3'] == table.undefined['event_mAP'] == reason
    assert table.undefined['events_detected'] == reason
    assert table.values == {f'event_precision/{t}': 0.0 for t in TIOUS} | {
        f'event_F1/{t}': 0.0 for t in TIOUS
    }


def test_the_frame_count_reaches_the_events():
    video = make_video('a', [0.1, 0.9], 'B1', [(16, 20)], num_frames=20, tail='ceil')
    found = [event_report([video], EventRule(), count) for count in ('segments', 'true')]
    assert [table.values['event_F1/0.5'] for table in found] == [0.0, 1.0]
