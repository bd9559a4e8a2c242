"""Files of any content end in a result or in one of our errors, which name the file."""

import json
import tempfile
from pathlib import Path

from fuzzing import BOUNDED, outcome
from hypothesis import example, given
from hypothesis import strategies as st

from mmvad.datasets.annotations import load_annotations, make_entry, make_metainfo
from mmvad.datasets.converters.custom import convert
from mmvad.datasets.feature_record import read_record
from mmvad.datasets.npy import open_array
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile, read_scores, write_scores
from mmvad.scores.scores_log import ScoresLog
from mmvad.scores.threshold_file import rule_for_scores

ODD_NUMBERS = [-1, 0, 1, 2**63, 10**400, 1e308, -0.5, True, None]
VALUES = st.recursive(
    st.one_of(st.sampled_from(ODD_NUMBERS), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value, path=()):
    """List the paths of all values in a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


def mutations(valid):
    """Give a valid JSON value in which one value is another, or bytes of it are."""
    text = json.dumps(valid).encode()
    changed = st.builds(replaced, st.just(valid), st.sampled_from(list(places(valid))), VALUES)
    cut = st.tuples(st.integers(0, len(text)), st.binary(max_size=4)).map(
        lambda change: text[: change[0]] + change[1] + text[change[0] + len(change[1]) :]
    )
    return st.one_of(changed.map(lambda value: json.dumps(value).encode()), cut)


def written(write, name):
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, name))
        return json.loads(Path(folder, name).read_text().splitlines()[-1])


ANNOTATIONS = {
    'metainfo': make_metainfo('mine', 'test', 'ceil'),
    'data_list': [make_entry('a', 'Normal', 40), make_entry('b', 'Riot', 40, [(3, 9)])],
}
SCORED = ScoredVideo('a', [0.1, 0.9], label=1, category='Riot', annotated_events=[(3, 9)])
SCORES = written(lambda path: write_scores(path, ScoresFile([SCORED], {}, EventRule())), 'a.json')


def test_the_valid_files_are_read():
    content = json.dumps(ANNOTATIONS).encode()
    assert outcome(load_annotations, 'a.json', content)[1] == ANNOTATIONS['data_list']
    assert outcome(read_scores, 'a.json', json.dumps(SCORES).encode()).videos[0].label == 1
    assert outcome(read_scores, 'a.jsonl', b''.join(LOG)).videos[0].num_segments == 2


@BOUNDED
@given(mutations(ANNOTATIONS))
def test_annotations(content):
    outcome(load_annotations, 'a.json', content)


@BOUNDED
@given(mutations(SCORES))
@example(b'[' * 100_000)
@example(json.dumps(SCORES).replace('0.9', '1' + '0' * 400).encode())
@example(json.dumps(SCORES).replace('0.9', '1' + '0' * 5000).encode())
def test_scores_files(content):
    outcome(read_scores, 'a.json', content)


def log_lines():
    """Write the log of a live run and of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'a.jsonl')
        with ScoresLog(path, {}, EventRule()) as log:
            log.source('gate', 25.0, None)
            log.segment(0, 0.0, 0.5, [1.0], None)
            log.segment(1, 0.64, 0.9, [1.0], None)
            log.end(32)
            log.video(SCORED)
        return path.read_bytes().splitlines(keepends=True)


LOG = log_lines()


@BOUNDED
@given(st.data())
def test_scores_logs(data):
    index = data.draw(st.integers(0, len(LOG) - 1))
    line = data.draw(mutations(json.loads(LOG[index])))
    outcome(read_scores, 'a.jsonl', b''.join([*LOG[:index], line, b'\n', *LOG[index + 1 :]]))


THRESHOLD = {
    'version': 2,
    'rule': EventRule(0.7).to_dict(),
    'target_false_alarms_per_hour': 1.0,
    'false_alarms_per_hour': 0.5,
    'alarm_time_share': 0.1,
    'normal_hours': 2.0,
    'num_videos': 3,
    'scoring': 'bags',
    'bag_size': 9,
    'checkpoint': 'best.pth',
    'checkpoint_sha256': '0' * 64,
}


@BOUNDED
@given(mutations(THRESHOLD))
def test_threshold_files(content):
    outcome(lambda path: rule_for_scores(path, {}), 'best.threshold.json', content)


@BOUNDED
@given(mutations({'format': 1, 'features': {'modality': 'sound'}, 'video': {'fps': 25.0}}))
def test_records(content):
    outcome(read_record, 'a.record.json', content)


SIZES = st.sampled_from([0, 1, 2, 3, -1, True, 2**31, 2**63, 10**30, 0.5, 'x'])
SHAPES = st.one_of(st.lists(SIZES, max_size=70).map(tuple), st.lists(SIZES, max_size=3), SIZES)


@BOUNDED
@given(SHAPES, st.sampled_from(['<f4', '>f4', '|O', '<i8', 'x', 3]), st.binary(max_size=24))
@example((True, 2), '<f4', bytes(8))
@example((-1, -2), '<f4', bytes(8))
@example((2**32, 2**32), '<f4', b'')
@example((0, 2**63), '<f4', b'')
def test_npy_headers(shape, kind, values):
    header = repr({'descr': kind, 'fortran_order': False, 'shape': shape}).encode()
    length = len(header).to_bytes(2, 'little')
    outcome(open_array, 'a.npy', b'\x93NUMPY\x01\x00' + length + header + values)


@BOUNDED
@given(st.binary(max_size=80))
@example(b'(' * 60)
@example(b'{' + b'-' * 60)
def test_npy_bytes(header):
    length = len(header).to_bytes(2, 'little')
    outcome(open_array, 'a.npy', b'\x93NUMPY\x01\x00' + length + header)
    outcome(open_array, 'a.npy', header)


CELLS = st.sampled_from(['a.mp4', '1', '0', '-1', '3:9', '9:3', '\u0665', '1' * 5000, '"', ' ', ''])
ROWS = st.lists(st.one_of(st.lists(CELLS, max_size=6).map(','.join), st.text(max_size=9)))


@BOUNDED
@given(ROWS)
def test_tables_and_lists(rows):
    table = '\n'.join(['video,label,num_frames,events', *rows]).encode('utf-8', 'surrogatepass')
    outcome(lambda path: convert(path, 'test'), 'a.csv', table)
    lines = '\n'.join(rows).replace(',', ' ').encode('utf-8', 'surrogatepass')
    outcome(lambda path: convert(path, 'test'), 'a.txt', lines)
