import copy
import json

import pytest

from mmvad.scores.rule import EventRule
from mmvad.scores.scores_file import read_scores, write_scores

ENTRY = {
    'video': 'the/video',
    'num_frames': 20,
    'num_segments': 2,
    'label': 1,
    'category': 'Abuse',
    'events': [[3, 9]],
    'tail': 'ceil',
    'segments_tolerance': 1,
    'scores': [0.10000000149011612, 0.8999999761581421],
}
DOCUMENT = {
    'version': 1,
    'model': {
        'detector': 'salient_ucf',
        'weights': 'best.pth',
        'weights_sha256': 'ab12',
        'extractor': None,
        'mode': 'bags',
        'bag_size': 28,
    },
    'threshold': {
        'threshold': 0.5,
        'low_ratio': 1.0,
        'min_segments': 1,
        'merge_gap': 0,
        'low_threshold': 0.5,
    },
    'segment_frames': 16,
    'videos': [
        {
            'video': 'recordings/gate.mp4',
            'fps': 10.0,
            'num_frames': 40,
            'num_segments': 3,
            'scores': [0.1, 0.75, 0.5],
            'attention': [[0.2, 0.7, 0.1]],
            'events': [
                {
                    'id': 1,
                    'start_segment': 1,
                    'end_segment': 3,
                    'start_frame': 16,
                    'end_frame': 40,
                    'start_time': 1.6,
                    'end_time': 4.0,
                    'peak_score': 0.75,
                    'mean_score': 0.625,
                }
            ],
            'ground_truth': [[18, 40]],
            'started_at': None,
            'arrivals': None,
            'gaps': [],
            'incomplete': None,
            'timing': {'total_seconds': 1.9, 'video_seconds': 4.0, 'real_time_factor': 0.475},
            'error': None,
        },
        {
            'video': 'rtsp://gate',
            'fps': 10.0,
            'num_frames': None,
            'num_segments': 2,
            'scores': [0.25, 0.125],
            'attention': None,
            'events': [],
            'ground_truth': [],
            'started_at': '2026-11-24T12:00:00.000+00:00',
            'arrivals': [1.6, 7.25],
            'gaps': [{'segment': 1, 'seconds': 4.5, 'attempts': 2, 'reason': 'the source ended'}],
            'incomplete': 'interrupted',
            'timing': {'total_seconds': 8.0, 'video_seconds': 3.2},
            'error': None,
        },
        {
            'video': 'broken.mp4',
            'fps': None,
            'num_frames': None,
            'num_segments': 0,
            'scores': [],
            'attention': None,
            'events': [],
            'ground_truth': None,
            'started_at': None,
            'arrivals': None,
            'gaps': [],
            'incomplete': None,
            'timing': {},
            'error': 'no video stream',
        },
    ],
}


def read(tmp_path, content):
    (tmp_path / 'old.json').write_text(json.dumps(content))
    return read_scores(tmp_path / 'old.json')


def read_dump(tmp_path, *entries, **changes):
    return read(tmp_path, {'version': 1, 'metainfo': {}, 'videos': list(entries), **changes})


def document(**changes):
    """The document, its first video changed."""
    content = copy.deepcopy(DOCUMENT)
    content['videos'][0].update(changes)
    return content


def test_dump_of_version_1_is_read(tmp_path):
    normal = dict(ENTRY, video='b', label=0, category='Normal', events=[], num_frames=None)
    scores = read_dump(tmp_path, ENTRY, normal, metainfo=dict(dataset='toy'))
    assert (scores.made_by, scores.metainfo) == (dict(scoring='bags'), dict(dataset='toy'))
    assert (scores.rule, scores.unit) == (None, 'segment')
    first, second = scores.videos
    assert (first.name, first.label, first.category) == ('the/video', 1, 'Abuse')
    assert first.scores.astype(float).tolist() == ENTRY['scores']
    assert (first.annotated_events, first.events) == (((3, 9),), ())
    assert (first.clock.num_frames, first.tail, first.segments_tolerance) == (20, 'ceil', 1)
    assert (second.label, second.annotated_events, second.clock.num_frames) == (0, (), None)


def test_anomalous_video_without_events_in_a_dump_is_not_normal(tmp_path):
    (video,) = read_dump(tmp_path, dict(ENTRY, events=[])).videos
    assert (video.label, video.annotated_events) == (1, None)


def test_document_of_version_1_is_read(tmp_path):
    scores = read(tmp_path, DOCUMENT)
    assert scores.made_by == dict(
        detector='salient_ucf',
        weights='best.pth',
        weights_sha256='ab12',
        extractor=None,
        scoring='bags',
        bag_size=28,
    )
    assert scores.rule == EventRule(0.5)
    file, live, failed = scores.videos
    assert (file.name, file.clock.fps, file.clock.num_frames) == ('recordings/gate.mp4', 10, 40)
    assert (file.label, file.annotated_events, file.category) == (1, ((18, 40),), None)
    assert file.attention.shape == (1, 3)
    assert file.events == file.cut(EventRule(0.5)).events
    assert (file.seconds_taken, file.real_time_factor) == (1.9, 0.475)
    assert (live.label, live.annotated_events, live.incomplete) == (0, (), 'interrupted')
    assert live.arrivals.tolist() == [1.6, 7.25]
    assert live.started_at.isoformat() == '2026-11-24T12:00:00+00:00'
    assert (live.breaks, live.gaps[0].attempts) == ([1], 2)
    assert (failed.error, failed.label, failed.annotated_events) == ('no video stream', None, None)


@pytest.mark.parametrize('content', [DOCUMENT, {'version': 1, 'metainfo': {}, 'videos': [ENTRY]}])
def test_old_file_goes_into_a_new_one(tmp_path, content):
    before = read(tmp_path, content)
    write_scores(tmp_path / 'new.json', before)
    after = read_scores(tmp_path / 'new.json')
    assert (after.made_by, after.rule) == (before.made_by, before.rule)
    assert [video.events for video in after.videos] == [video.events for video in before.videos]


def test_rule_in_segments_becomes_seconds_at_the_documents_one_rate(tmp_path):
    content = document()
    content['threshold'].update(min_segments=2, merge_gap=1)
    rule = read(tmp_path, content).rule
    assert (rule.min_seconds, rule.merge_seconds) == (3.2, 1.6)


@pytest.mark.parametrize('fps', [25.0, None])
def test_rule_in_segments_without_one_rate_is_not_known(tmp_path, fps):
    content = document(fps=fps)
    content['threshold'].update(min_segments=2)
    scores = read(tmp_path, content)
    assert scores.rule is None
    assert len(scores.videos[0].events) == 1
    assert read(tmp_path, document(fps=fps)).rule == EventRule(0.5)


def test_annotated_events_outside_of_a_documents_video_are_not_known(tmp_path):
    for events in ([[41, 45]], [[18, 49]]):
        video = read(tmp_path, document(ground_truth=events)).videos[0]
        assert (video.label, video.annotated_events) == (1, None)
    padded = read(tmp_path, document(ground_truth=[[18, 48]])).videos[0]
    assert padded.annotated_events == ((18, 48),)
    part = read(tmp_path, document(ground_truth=[[70, 90]], incomplete='interrupted')).videos[0]
    assert part.annotated_events == ((70, 90),)


@pytest.mark.parametrize('changes', [dict(metainfo=None), dict(videos={})])
def test_dump_without_its_two_parts_is_an_error(tmp_path, changes):
    with pytest.raises(ValueError, match=r'old.json: neither a dump nor a result document'):
        read_dump(tmp_path, ENTRY, **changes)


@pytest.mark.parametrize('key', ENTRY)
def test_dump_entry_that_lacks_a_key_is_an_error(tmp_path, key):
    entry = {name: value for name, value in ENTRY.items() if name != key}
    with pytest.raises(ValueError, match=rf"old\.json: videos\[0\] \(.*\) lacks \['{key}'\]"):
        read_dump(tmp_path, entry)


@pytest.mark.parametrize(
    ('key', 'value', 'text'),
    [
        ('video', 7, r'videos\[0\].video must be string, got 7'),
        ('video', '', r'videos\[0\].video must be longer'),
        ('num_frames', '20', 'num_frames must be integer or null'),
        ('num_segments', None, 'expected one score for each of its None segments'),
        ('label', True, r'label must be one of \[0, 1, None\], got True'),
        ('category', 3, 'category must be string or null, got 3'),
        ('events', [[3]], r'annotated_events\[0\] must contain at least 2 items'),
        ('events', [3, 9], r'annotated_events\[0\] must be array, got 3'),
        ('tail', 1, 'tail must be string or null, got 1'),
        ('segments_tolerance', 0.5, 'segments_tolerance must be integer, got 0.5'),
        ('scores', [0.1, None], r'scores\[1\] must be number, got None'),
        ('scores', [0.1, 1.1], r"'the/video': scores must lie in \[0, 1\]"),
        ('scores', [0.1], "'the/video': expected one score for each of its 2 segments"),
        ('scores', 0.1, 'expected one score for each'),
    ],
)
def test_dump_entry_that_does_not_fit_is_an_error(tmp_path, key, value, text):
    with pytest.raises(ValueError, match=rf'old\.json: .*{text}'):
        read_dump(tmp_path, {**ENTRY, key: value})


def test_dump_entry_that_is_no_object_or_comes_twice_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r'videos\[1\]: expected an object, got list'):
        read_dump(tmp_path, ENTRY, [])
    with pytest.raises(ValueError, match="'the/video' was scored more than once"):
        read_dump(tmp_path, ENTRY, ENTRY)


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        (dict(more=1), 'a result document has the keys'),
        (dict(segment_frames=8), 'a result document has the keys'),
        (dict(model=[]), 'a result document has an object model and a list videos'),
        (dict(videos={}), 'a result document has an object model and a list videos'),
        (dict(threshold={}), 'an event rule must have the keys'),
        (dict(videos=[3]), 'expected an object with timing as a video, got 3'),
    ],
)
def test_malformed_document_is_an_error(tmp_path, changes, text):
    with pytest.raises(ValueError, match=f'old.json: {text}'):
        read(tmp_path, {**DOCUMENT, **changes})


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        (dict(timing=None), 'expected an object with timing as a video'),
        (dict(num_segments=4), "video 'recordings/gate.mp4': num_segments is 4"),
        (dict(scores=5), "video 'recordings/gate.mp4': num_segments is 3"),
        (dict(fps=0), "video 'recordings/gate.mp4': fps must be a positive number, got 0"),
        (dict(ground_truth=[[5, 5]]), r'0 <= start < end, got \[5, 5\)'),
        (dict(ground_truth=[5]), r'annotated_events\[0\] must be array'),
        (dict(more=1), r'data.videos\[0\] must not contain'),
    ],
)
def test_malformed_video_of_a_document_is_an_error(tmp_path, changes, text):
    with pytest.raises(ValueError, match=f'old.json: .*{text}'):
        read(tmp_path, document(**changes))
