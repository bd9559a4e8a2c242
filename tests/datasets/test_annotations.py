import json
import re

import pytest

from mmvad.datasets.annotations import (
    load_annotations,
    make_entry,
    make_metainfo,
    save_annotations,
)


def entry(**changes):
    return make_entry('Abuse/a', 'Abuse', 40, [(3, 9)]) | changes


def write(path, data_list, **changes):
    content = {'metainfo': make_metainfo('mine', 'test', 'ceil') | changes, 'data_list': data_list}
    path.write_text(json.dumps(content), encoding='utf-8')
    return path


def raises(text):
    return pytest.raises(ValueError, match=re.escape(text))


def test_what_is_saved_is_loaded_again_in_the_same_order(tmp_path):
    data_list = [
        make_entry('b/名 #1=x', 'Normal'),
        make_entry('a/é', 'B1-B2', 33, [(0, 5), (5, 48)]),
    ]
    metainfo = make_metainfo('mine', 'test', 'ceil', 1, 'as is', ['/home/me/list.txt'])
    save_annotations(tmp_path / 'deep' / 'test.json', metainfo, data_list)
    assert load_annotations(tmp_path / 'deep' / 'test.json') == (metainfo, data_list)
    assert metainfo['source'] == ['list.txt']


def test_keys_are_written_in_a_fixed_order_and_names_as_utf8(tmp_path):
    path = tmp_path / 'test.json'
    metainfo = make_metainfo('mine', 'test', None)
    first, second = entry(video='é'), dict(reversed(entry(video='é').items()))
    save_annotations(path, metainfo, [first])
    written = path.read_bytes()
    save_annotations(path, dict(reversed(metainfo.items())), [second])
    assert path.read_bytes() == written
    assert '"video": "é"'.encode() in written


def test_annotations_that_break_a_rule_leave_the_old_file_alone(tmp_path):
    path = tmp_path / 'test.json'
    save_annotations(path, make_metainfo('mine', 'test', None), [entry()])
    before = path.read_bytes()
    with raises(f'{path}: entry 0 (Abuse/a): label must be 0 or 1, got 2'):
        save_annotations(path, make_metainfo('mine', 'test', None), [entry(label=2)])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_at_its_end_leaves_no_file_behind(tmp_path):
    path = tmp_path / 'a.json'
    path.mkdir()  # a folder cannot be replaced by a file
    with pytest.raises(OSError, match=r'a\.json'):
        save_annotations(path, make_metainfo('mine', 'test', None), [entry()])
    assert list(tmp_path.rglob('*')) == [path]


@pytest.mark.parametrize(
    ('folder', 'guide'),
    [('data/xd_violence/annotations', 'xd_violence'), ('data/mine', 'custom')],
)
def test_a_missing_file_names_the_guide_of_its_data_set(tmp_path, monkeypatch, folder, guide):
    monkeypatch.chdir(tmp_path)
    text = (
        f'no annotation file at {folder}/test.json (looked for {tmp_path}/{folder}/test.json); '
        f'tools/data/{guide}/README.md says how to make it'
    )
    with pytest.raises(FileNotFoundError, match=re.escape(text)):
        load_annotations(f'{folder}/test.json')


def test_malformed_json_is_named_with_line_and_column(tmp_path):
    path = tmp_path / 'test.json'
    path.write_text('{\n  "metainfo": {},,\n}')
    with raises(f'{path}: not a JSON file: ') as caught:
        load_annotations(path)
    assert 'line 2 column 18' in str(caught.value)


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ('"label":', '"label": 1, "label":', "the key 'label' appears twice"),
        ('"num_frames": ', '"num_frames": 1' + '0' * 5000, 'a number of 500. digits is too large'),
        ('"events": []', '"events": ' + '[' * 100_000, 'it is nested too deeply'),
    ],
)
def test_json_that_parsers_differ_on_is_refused(tmp_path, old, new, message):
    path = write(tmp_path / 'test.json', [entry(events=[], label=0, category='Normal')])
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(ValueError, match=f'test.json: not a JSON file: {message}'):
        load_annotations(path)


def test_text_that_is_not_utf8_is_named(tmp_path):
    path = tmp_path / 'test.json'
    path.write_bytes(b'{"a": "\xe9"}')
    with raises(f'{path}: not a JSON file: '):
        load_annotations(path)


@pytest.mark.parametrize(
    ('content', 'text'),
    [
        ([], 'expected an object, got list'),
        ({'metainfo': {}}, "missing ['data_list'], unknown []"),
        ({'metainfo': {}, 'data_list': [], 'extra': 1}, "missing [], unknown ['extra']"),
    ],
)
def test_the_top_level_is_metainfo_and_data_list(tmp_path, content, text):
    path = tmp_path / 'test.json'
    path.write_text(json.dumps(content))
    with raises(text):
        load_annotations(path)


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        ({'split': 'holdout'}, "split must be one of ('train', 'val', 'test'), got 'holdout'"),
        ({'tail': 'round'}, "tail must be null or one of ('ceil', 'floor', 'drop_last'), got"),
        ({'segments_tolerance': -1}, 'segments_tolerance must be a whole number from 0, got -1'),
        ({'segments_tolerance': True}, 'segments_tolerance must be a whole number from 0'),
        ({'dataset': 3}, 'dataset must be a string, got 3'),
        ({'event_rule': None}, 'event_rule must be a string, got None'),
        ({'source': 'a.txt'}, "source must be a list of file names, got 'a.txt'"),
        ({'source': ['/home/a.txt']}, "takes file names without folders, got '/home/a.txt'"),
        ({'extra': 1}, 'metainfo: expected exactly the keys'),
    ],
)
def test_metainfo_is_checked(tmp_path, changes, text):
    with raises(text):
        load_annotations(write(tmp_path / 'test.json', [entry()], **changes))


@pytest.mark.parametrize(
    ('data_list', 'text'),
    [([], 'data_list is empty, expected at least one video'), ({}, 'data_list must be a list')],
)
def test_the_list_holds_a_video(tmp_path, data_list, text):
    with raises(text):
        load_annotations(write(tmp_path / 'test.json', data_list))


def test_a_video_that_comes_twice_is_named_with_both_places(tmp_path):
    path = write(tmp_path / 'test.json', [entry(), entry(video='b'), entry()])
    with raises(f'{path}: entry 2 (Abuse/a): already listed as entry 0'):
        load_annotations(path)
