import copy
import json
import re
from pathlib import Path

import fastjsonschema
import numpy as np
import pytest
from scored_examples import assert_same, random_file, random_stream

import mmvad.scores
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, failed_video
from mmvad.scores.scores_file import (
    ScoresFile,
    check_schema,
    read_scores,
    video_from_dict,
    video_to_dict,
    write_scores,
)
from mmvad.timeline import Clock

RULE = EventRule(0.5, low_ratio=0.5, min_seconds=0.6, merge_seconds=0.5)
DOCS = Path(__file__).resolve().parents[2] / 'docs' / 'scores_file.md'
SCHEMA = json.loads(
    Path(mmvad.scores.__file__).with_name('scores.schema.json').read_text(encoding='utf-8')
)


def everything():
    """A file with every key of the schema."""
    resampled = Clock(
        4,
        60,
        25,
        segment_times=[0, 0.64, 1.5, 2.25, 2.75],
        source_frames=[0, 19.2, 38.4, 57.6, 72],
    )
    normal = random_file('n', 4, clock=resampled, label=0, category='Normal', annotated_events=())
    unknown = ScoredVideo('v=Ünïcode #1', [0.25], Clock(1, fps=10))
    videos = [random_file(), random_stream(), normal, unknown, failed_video('broken', 'no video')]
    made_by = dict(detector='salient_ucf', scoring='bags', bag_size=28, audio=None, flip=True)
    return ScoresFile(videos, made_by, metainfo=dict(dataset='toy', names=['a'])).cut(RULE)


@pytest.fixture
def content(tmp_path):
    write_scores(tmp_path / 'all.json', everything())
    return json.loads((tmp_path / 'all.json').read_text(encoding='utf-8'))


def write(path, content):
    path.write_text(json.dumps(content))
    return path


def schema_keys(schema):
    """Every key that a schema names, at any depth."""
    if isinstance(schema, list):
        return set().union(*map(schema_keys, schema), set())
    if not isinstance(schema, dict):
        return set()
    return set(schema.get('properties', ())).union(*map(schema_keys, schema.values()))


def test_everything_survives_the_file_to_the_last_bit(tmp_path):
    before = everything()
    write_scores(tmp_path / 'made' / 'scores.json', before)
    after = read_scores(tmp_path / 'made' / 'scores.json')
    assert (after.made_by, after.metainfo) == (before.made_by, before.metainfo)
    assert (after.rule, after.unit) == (RULE, 'segment')
    assert len(after.videos) == len(before.videos)
    for one, other in zip(before.videos, after.videos, strict=True):
        assert_same(one, other)
    assert sum(len(video.events) for video in after.videos) > 1


def test_scores_and_attention_are_lossless_in_float32(tmp_path):
    rng = np.random.default_rng(1)
    scores, attention = rng.random(2000, np.float32), rng.random((3, 2000), np.float32)
    write_scores(tmp_path / 'a.json', ScoresFile([ScoredVideo('a', scores, attention=attention)]))
    (video,) = read_scores(tmp_path / 'a.json').videos
    assert (video.scores == scores).all()
    assert (video.attention == attention).all()


def test_scores_of_whole_videos_survive_the_file(tmp_path):
    before = ScoresFile([ScoredVideo('a', [0.5], label=1)], unit='video')
    write_scores(tmp_path / 'a.json', before)
    after = read_scores(tmp_path / 'a.json')
    assert (after.unit, after.rule, after.videos[0].label) == ('video', None, 1)


def test_file_without_videos_is_one():
    check_schema(
        dict(
            version=2,
            segment_frames=16,
            unit='segment',
            made_by={},
            rule=None,
            metainfo={},
            videos=[],
        )
    )
    assert ScoresFile([]).videos == []


def test_a_name_that_is_no_utf8_survives_the_file(tmp_path):
    write_scores(tmp_path / 'a.json', ScoresFile([ScoredVideo('caf\udce9.mp4', [0.5])]))
    assert read_scores(tmp_path / 'a.json').videos[0].name == 'caf\udce9.mp4'


def test_what_is_written_fits_the_schema_and_uses_all_of_it(content):
    fastjsonschema.validate(SCHEMA, content)

    def keys(value):
        if isinstance(value, list):
            return set().union(*map(keys, value), set())
        if not isinstance(value, dict):
            return set()
        return set(value).union(*map(keys, value.values()))

    assert schema_keys(SCHEMA) <= keys(content)


def test_documentation_names_every_key_of_the_schema():
    named = set(re.findall(r'`(\w+)`', DOCS.read_text(encoding='utf-8')))
    assert schema_keys(SCHEMA) - named == set()


def test_example_of_the_documentation_is_a_scores_file(tmp_path):
    example = DOCS.read_text(encoding='utf-8').split('```json\n')[1].split('```')[0]
    (tmp_path / 'example.json').write_text(example)
    scores = read_scores(tmp_path / 'example.json')
    again = scores.cut(scores.rule)
    assert [video.events for video in again.videos] == [video.events for video in scores.videos]
    assert scores.videos[0].events
    assert video_to_dict(scores.videos[0]) == json.loads(example)['videos'][0]


def test_what_is_not_known_is_left_out():
    assert video_to_dict(failed_video('a', 'broken')) == dict(video='a', scores=[], error='broken')
    normal = ScoredVideo('a', [0.5], label=0)
    assert video_to_dict(normal) == dict(video='a', scores=[0.5], label=0)
    known = video_to_dict(ScoredVideo('a', [0.5], label=0, annotated_events=()))
    assert known['annotated_events'] == []


def test_numbers_of_numpy_are_written(tmp_path):
    clock = Clock(1, np.int64(9), np.float32(25))
    video = ScoredVideo('a', [0.5], clock, label=np.int64(0), segments_tolerance=np.int32(1))
    write_scores(tmp_path / 'a.json', ScoresFile([video]))
    (read,) = read_scores(tmp_path / 'a.json').videos
    assert (read.clock.num_frames, read.clock.fps, read.segments_tolerance) == (9, 25, 1)


def test_cutting_and_other_videos_keep_what_made_the_scores():
    scores = everything()
    other = EventRule(0.9)
    cut = scores.cut(other)
    assert (cut.rule, cut.made_by, cut.metainfo) == (other, scores.made_by, scores.metainfo)
    fewer = scores.with_videos(scores.videos[:1])
    assert len(fewer.videos) == 1
    assert (fewer.rule, fewer.made_by, fewer.metainfo, fewer.unit) == (
        scores.rule,
        scores.made_by,
        scores.metainfo,
        'segment',
    )


def test_unit_that_is_none_is_an_error():
    with pytest.raises(ValueError, match=r"unit must be one of \('segment', 'video'\), got 'hour'"):
        ScoresFile([], unit='hour')
    with pytest.raises(ValueError, match="unit 'video' means one score a video"):
        ScoresFile([ScoredVideo('a', [0.5, 0.5])], unit='video')


def test_video_twice_is_an_error(content, tmp_path):
    with pytest.raises(ValueError, match="'a' was scored more than once"):
        ScoresFile([ScoredVideo('a', [0.5])] * 2)
    content['videos'].append(content['videos'][0])
    with pytest.raises(ValueError, match=r'a.json: video .* was scored more than once'):
        read_scores(write(tmp_path / 'a.json', content))


@pytest.mark.parametrize(
    ('made_by', 'metainfo', 'text'),
    [
        (dict(a=[1]), {}, 'made_by.* must be string or number or boolean or null'),
        (dict(a=Path('b')), {}, 'made_by.* must be string or number'),
        ({}, dict(a=Path('b')), 'metainfo cannot be written: .*not JSON serializable'),
        ({}, dict(a=float('nan')), 'not JSON compliant'),
    ],
)
def test_what_no_reader_would_take_is_not_written(tmp_path, made_by, metainfo, text):
    with pytest.raises(ValueError, match=text):
        write_scores(tmp_path / 'a.json', ScoresFile([], made_by, metainfo=metainfo))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ('change', 'text'),
    [
        (lambda c: c.update(version=3), 'expected a scores file of version 2, got 3'),
        (lambda c: c.pop('version'), 'expected a scores file of version 2, got None'),
        (lambda c: c.update(more=1), 'data must not contain .*more'),
        (lambda c: c.pop('made_by'), r'data must contain .* properties'),
        (lambda c: c.update(segment_frames=8), 'data.segment_frames must be same as const'),
        (lambda c: c.update(unit='hour'), r"data.unit must be one of .* got 'hour'"),
        (lambda c: c.update(rule={}), 'data.rule'),
        (lambda c: c['rule'].update(low_threshold=0.4), 'low_threshold 0.4 is not threshold'),
        (lambda c: c.update(metainfo=[]), 'data.metainfo must be object'),
        (lambda c: c.update(videos={}), 'data.videos must be array'),
        (lambda c: c['videos'].append(3), r'data.videos\[5\] must be object, got 3'),
    ],
)
def test_malformed_file_is_an_error_that_names_file_and_place(content, tmp_path, change, text):
    change(content)
    with pytest.raises(ValueError, match=rf'bad.json: .*{text}'):
        read_scores(write(tmp_path / 'bad.json', content))


@pytest.mark.parametrize(
    ('change', 'text'),
    [
        (dict(video=''), r'data.videos\[0\].video must be longer'),
        (dict(scores='0.5'), r"data.videos\[0\].scores must be array, got '0.5'"),
        (dict(scores=[0.5, None]), r'data.videos\[0\].scores\[1\] must be number, got None'),
        (dict(scores=[2.0] * 7), r'gate, "north".mp4.*scores must lie in \[0, 1\]'),
        (dict(num_frames=1.5), r'videos\[0\].num_frames must be integer or null, got 1.5'),
        (dict(num_frames=64), 'north.*: 7 segments of 16 frames do not fit 64 frames'),
        (dict(fps=0), 'north.*: fps must be a positive number, got 0'),
        (dict(segment_times=[0, 1]), r'north.*: segment_times must be 8 numbers'),
        (dict(attention=[[0.5]]), r'north.*: expected attention of shape \(R, 7\)'),
        (dict(attention=[[0.5], []]), 'north.*inhomogeneous'),
        (dict(annotated_events=[[5]]), r'annotated_events\[0\] must contain at least 2'),
        (dict(label=2), r'videos\[0\].label must be one of'),
        (dict(label=True), r'videos\[0\].label must be one of \[0, 1, None\], got True'),
        (dict(events=[{}]), r'videos\[0\].events\[0\] must contain'),
        (dict(started_at='noon', arrivals=[0] * 7), 'north.*: Invalid isoformat string'),
        (dict(gaps=[dict(segment=1)]), r'videos\[0\].gaps\[0\] must contain'),
        (dict(seconds_taken=-1), r'seconds_taken must be bigger than or equal to 0'),
        (dict(more=1), r'data.videos\[0\] must not contain'),
    ],
)
def test_malformed_video_is_an_error_that_names_it(content, tmp_path, change, text):
    content['videos'][0].update(change)
    with pytest.raises(ValueError, match=f'bad.json: .*{text}'):
        read_scores(write(tmp_path / 'bad.json', content))


def test_video_survives_its_dict():
    for video in everything().videos:
        entry = video_to_dict(video)
        assert_same(video_from_dict(copy.deepcopy(entry)), video)
        assert json.loads(json.dumps(entry)) == entry


def test_unreadable_files_are_errors_that_name_the_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no scores file at .*none.json'):
        read_scores(tmp_path / 'none.json')
    for text in (b'{', b'\xff\xfe', b'', b'{"a": NaN}', b'[' * 100_000):
        (tmp_path / 'bad.json').write_bytes(text)
        with pytest.raises(ValueError, match=r'bad.json: not a JSON file'):
            read_scores(tmp_path / 'bad.json')
    for text in ('[]', '3', '{"videos": []}'):
        (tmp_path / 'bad.json').write_text(text)
        with pytest.raises(ValueError, match=r'bad.json: expected a scores file of version 2'):
            read_scores(tmp_path / 'bad.json')
