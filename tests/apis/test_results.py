import copy
import csv
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from mmvad.apis.events import EventRule
from mmvad.apis.results import (
    build_results,
    check_results,
    failed_video,
    read_results,
    video_result,
    write_results,
    write_results_csv,
)

RULE = EventRule(0.5, low_ratio=0.5)
NOON = '2026-11-24T12:00:00+00:00'
GAP = dict(segment=2, seconds=1.5, attempts=1, reason='the source ended')


@pytest.fixture
def results():
    rng = np.random.default_rng(0)
    scored = video_result(
        'gate, "north".mp4',
        rng.random(5, np.float32),
        RULE,
        num_frames=70,
        fps=25,
        attention=rng.random((3, 5), np.float32),
        ground_truth=[(20, 60)],
        timing={'total_seconds': 1.5},
    )
    return build_results(
        {'detector': 'salient_ucf', 'bag_size': 28, 'audio': None},
        RULE,
        [scored, failed_video('broken.mp4', 'no video stream'), video_result('f', [0.9], RULE)],
    )


def test_document_survives_the_file(results, tmp_path):
    write_results(tmp_path / 'made' / 'run.json', results)
    assert read_results(tmp_path / 'made' / 'run.json') == results


def test_scores_and_attention_are_lossless_in_float32(tmp_path):
    rng = np.random.default_rng(1)
    scores, attention = rng.random(200, np.float32), rng.random((3, 200), np.float32)
    entry = video_result('a', scores, RULE, attention=attention)
    write_results(tmp_path / 'run.json', build_results({}, RULE, [entry]))
    (read,) = read_results(tmp_path / 'run.json')['videos']
    assert (np.array(read['scores'], np.float32) == scores).all()
    assert (np.array(read['attention'], np.float32) == attention).all()


def test_csv_has_one_line_a_segment_with_its_event(results, tmp_path):
    write_results_csv(tmp_path / 'run.csv', results)
    with (tmp_path / 'run.csv').open(newline='', encoding='utf-8') as file:
        lines = list(csv.DictReader(file))
    first, _, last = results['videos']
    assert [line['video'] for line in lines] == [first['video']] * 5 + [last['video']]
    assert [float(line['score']) for line in lines[:5]] == first['scores']
    assert [(line['start_frame'], line['end_frame']) for line in lines[3:5]] == [
        ('48', '64'),
        ('64', '70'),
    ]
    assert float(lines[4]['end_time']) == 70 / 25
    assert (lines[5]['start_time'], lines[5]['end_time'], lines[5]['event']) == ('', '', '1')
    for line in lines[:5]:
        within = [
            str(event['id'])
            for event in first['events']
            if event['start_segment'] <= int(line['segment']) < event['end_segment']
        ]
        assert line['event'] == ''.join(within)


def test_example_of_the_documentation_is_valid():
    text = (Path(__file__).resolve().parents[2] / 'docs' / 'results.md').read_text('utf-8')
    example = json.loads(text.split('```json')[1].split('```')[0])
    check_results(example)
    video = example['videos'][0]
    rebuilt = video_result(
        *(video[key] for key in ('video', 'scores')),
        EventRule.from_dict(example['threshold']),
        *(video[key] for key in ('num_frames', 'fps', 'attention', 'ground_truth')),
        timing=video['timing'],
    )
    assert rebuilt == video


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda r: r.update(version=2), 'expected results of version 1, got 2'),
        (lambda r: r.update(more=1), r"results: expected the keys .*differing are \['more'\]"),
        (lambda r: r.update(segment_frames=8), 'expected segments of 16 frames, got 8'),
        (lambda r: r.update(model={'a': []}), 'model must be an object of text, numbers and nulls'),
        (lambda r: r.update(threshold={}), 'event settings must have the keys'),
        (lambda r: r.update(videos={}), 'videos must be a list, got dict'),
        (lambda r: r['videos'].append(3), r'videos\[3\] must be an object, got int'),
        (lambda r: r['videos'][0].update(video=''), r"videos\[0\]: video must be a text, got ''"),
    ],
)
def test_malformed_document_is_an_error(results, change, message):
    change(results)
    with pytest.raises(ValueError, match=message):
        check_results(results)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(scores='0.5'), 'scores must be a list of numbers'),
        (dict(scores=[2.0]), r'scores must lie in \[0, 1\]'),
        (dict(num_segments=4), 'expected num_segments 5 for as many scores, got 4'),
        (dict(num_frames=1.5), r'num_frames must be a whole number or null, got 1\.5'),
        (dict(num_frames=64), '5 segments of 16 frames do not fit 64 frames'),
        (dict(fps=0), 'fps must be a positive number, got 0'),
        (dict(attention=[[0.5]]), 'attention must be null or rows of 5 weights'),
        (dict(attention=[[-1.0] * 5]), 'attention weights must be numbers of at least 0'),
        (dict(ground_truth=[[5, 5]]), r'ground_truth must be null or frames \[start, end\)'),
        (dict(events=None), 'events must be a list, got NoneType'),
        (dict(events=[{}]), r'events\[0\]: expected the keys'),
        (dict(timing={'total': 'long'}), 'timing must be an object of numbers'),
        (dict(started_at='noon', arrivals=[0] * 5), 'started_at must be null or an ISO 8601 time'),
        (dict(started_at='2026-11-24T12:00:00', arrivals=[0] * 5), 'started_at must be null or an'),
        (dict(arrivals=[0] * 5), 'started_at and arrivals are given together'),
        (dict(started_at=NOON, arrivals=[0] * 4), 'arrivals must be null or 5 seconds'),
        (dict(started_at=NOON, arrivals=['0'] * 5), 'arrivals must be numbers'),
        (dict(incomplete=1), 'incomplete must be a text or null, got 1'),
        (dict(gaps={}), 'gaps must be a list, got dict'),
        (dict(gaps=[dict(GAP, segment=6)]), 'gaps must be in order and within 5 segments'),
        (dict(gaps=[GAP, dict(GAP, segment=1)]), 'gaps must be in order and within 5 segments'),
        (dict(gaps=[dict(GAP, seconds=-1)]), r'gaps\[0\]: seconds must be a number or null'),
        (dict(gaps=[dict(GAP, attempts=None)]), r'gaps\[0\]: expected attempts and a reason'),
        (dict(gaps=[dict(segment=1)]), r'gaps\[0\]: expected the keys'),
        (dict(error=''), "error must be a text or null, got ''"),
        (dict(error='broken'), r'a video with an error has no scores, but .*scores.* are given'),
    ],
)
def test_malformed_video_is_an_error_that_names_the_video(results, change, message):
    results['videos'][0].update(change)
    with pytest.raises(ValueError, match=f'gate, "north".mp4: {message}'):
        check_results(results)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(peak_score='high'), r"events\[0\]: \['peak_score'\] must be numbers"),
        (
            dict(id=2),
            'events must be numbered from 1, in order and within 5 segments, got number 2',
        ),
        (dict(end_segment=9), r'events must be numbered .*over \[\d, 9\)'),
    ],
)
def test_malformed_event_is_an_error(results, change, message):
    results['videos'][0]['events'][0].update(change)
    with pytest.raises(ValueError, match=message):
        check_results(results)


def test_arguments_that_do_not_fit_name_the_video():
    with pytest.raises(ValueError, match=r'a.mp4: scores must lie in \[0, 1\]'):
        video_result('a.mp4', [1.5], RULE)
    with pytest.raises(ValueError, match=r'a.mp4: attention must be null or rows of 2'):
        video_result('a.mp4', [0.5, 0.5], RULE, attention=np.ones((3, 1)))
    with pytest.raises(ValueError, match=r'expected attention of shape \(R, S\), got \(2,\)'):
        video_result('a.mp4', [0.5, 0.5], RULE, attention=np.ones(2))


def test_unreadable_files_are_errors(tmp_path, results):
    with pytest.raises(FileNotFoundError, match='no results at'):
        read_results(tmp_path / 'none.json')
    (tmp_path / 'bad.json').write_text('{')
    with pytest.raises(ValueError, match=r'bad.json: not a JSON file'):
        read_results(tmp_path / 'bad.json')
    (tmp_path / 'old.json').write_text('{"version": 0}')
    with pytest.raises(ValueError, match=r'old.json: expected results of version 1, got 0'):
        read_results(tmp_path / 'old.json')
    broken = copy.deepcopy(results)
    broken['videos'][0]['fps'] = -1
    for write in (write_results, write_results_csv):
        with pytest.raises(ValueError, match='fps must be a positive number'):
            write(tmp_path / 'never', broken)
    assert not (tmp_path / 'never').exists()


def test_a_live_source_goes_through_json_and_has_its_clock_in_the_table(tmp_path):
    entry = video_result(
        'rtsp://gate',
        [0.1, 0.9, 0.2],
        RULE,
        started_at=datetime.fromisoformat(NOON),
        arrivals=[0.5, 1.04, 7.25],
        gaps=[GAP],
        incomplete='interrupted',
    )
    assert entry['started_at'] == '2026-11-24T12:00:00.000+00:00'
    document = build_results({}, RULE, [entry])
    write_results(tmp_path / 'run.json', document)
    assert read_results(tmp_path / 'run.json') == document
    write_results_csv(tmp_path / 'run.csv', document)
    with (tmp_path / 'run.csv').open(newline='') as file:
        clock = [line['clock_time'] for line in csv.DictReader(file)]
    assert clock == [f'2026-11-24T12:00:{s}+00:00' for s in ('00.500', '01.040', '07.250')]
