import json

import numpy as np
import pytest
from predictions import random_videos

from mmvad.evaluation.dump import load_dump, relabel, save_dump, write_json
from mmvad.evaluation.prediction import VideoPrediction

ENTRY = {
    'video': 'the/video',
    'num_frames': 20,
    'num_segments': 2,
    'label': 1,
    'category': 'Abuse',
    'events': [[3, 9]],
    'tail': 'ceil',
    'segments_tolerance': 0,
    'scores': [0.1, 0.9],
}


def write(path, *entries, **changes):
    content = {'version': 1, 'metainfo': {}, 'videos': list(entries), **changes}
    path.write_text(json.dumps(content), encoding='utf-8')
    return path


def without(mapping, key):
    return {name: value for name, value in mapping.items() if name != key}


def test_dump_keeps_every_field_to_the_last_digit(tmp_path):
    videos = random_videos()
    save_dump(tmp_path / 'new folder' / 'dump.json', videos, {'dataset': 'toy'})
    metainfo, loaded = load_dump(tmp_path / 'new folder' / 'dump.json')
    assert metainfo == {'dataset': 'toy'}
    assert len(loaded) == len(videos)
    for before, after in zip(videos, loaded, strict=True):
        for name, value in vars(before).items():
            assert np.array_equal(getattr(after, name), value), name


def test_dump_follows_the_documented_form(tmp_path):
    save_dump(tmp_path / 'dump.json', [VideoPrediction(**without(ENTRY, 'num_segments'))])
    content = json.loads((tmp_path / 'dump.json').read_text(encoding='utf-8'))
    assert content == {'version': 1, 'metainfo': {}, 'videos': [ENTRY]}


def test_names_of_any_letters_survive(tmp_path):
    video = VideoPrediction('v=Ünïcode #1_label_A', [0.5], 0, 'Normal')
    save_dump(tmp_path / 'dump.json', [video])
    assert load_dump(tmp_path / 'dump.json')[1][0].video == video.video


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    write_json(tmp_path / 'metrics.json', {'AUC': 0.5})
    with pytest.raises(ValueError, match='JSON compliant'):
        write_json(tmp_path / 'metrics.json', {'AUC': float('nan')})
    assert json.loads((tmp_path / 'metrics.json').read_text()) == {'AUC': 0.5}
    assert [path.name for path in tmp_path.iterdir()] == ['metrics.json']


def test_missing_dump_is_an_error_that_names_the_path(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no dump of predictions at .*dump\.json'):
        load_dump(tmp_path / 'dump.json')


@pytest.mark.parametrize('content', [b'{"version": 1', b'\xff\xfe', b''])
def test_file_that_is_no_json_is_an_error(tmp_path, content):
    (tmp_path / 'dump.json').write_bytes(content)
    with pytest.raises(ValueError, match=r'dump\.json: not a JSON file'):
        load_dump(tmp_path / 'dump.json')


@pytest.mark.parametrize('content', ['[]', '{"videos": []}', '3'])
def test_json_that_is_no_dump_is_an_error(tmp_path, content):
    (tmp_path / 'dump.json').write_text(content)
    with pytest.raises(ValueError, match=r'dump\.json: not a dump of predictions'):
        load_dump(tmp_path / 'dump.json')


def test_dump_of_another_version_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r'dump\.json: expected version 1, got 2'):
        load_dump(write(tmp_path / 'dump.json', ENTRY, version=2))


@pytest.mark.parametrize('changes', [{'metainfo': None}, {'videos': {}}])
def test_dump_without_its_two_parts_is_an_error(tmp_path, changes):
    with pytest.raises(ValueError, match="an object 'metainfo' and a list 'videos'"):
        load_dump(write(tmp_path / 'dump.json', ENTRY, **changes))


@pytest.mark.parametrize('key', ENTRY)
def test_entry_that_lacks_a_key_is_an_error(tmp_path, key):
    with pytest.raises(ValueError, match=rf"dump\.json: videos\[0\] \(.*\) lacks \['{key}'\]"):
        load_dump(write(tmp_path / 'dump.json', without(ENTRY, key)))


@pytest.mark.parametrize(
    ('key', 'value', 'kind'),
    [
        ('video', 7, 'a text'),
        ('video', '', 'a text'),
        ('num_frames', '20', 'a whole number or null'),
        ('num_segments', None, 'a whole number'),
        ('label', True, 'a whole number'),
        ('category', None, 'a text'),
        ('events', [[3]], r'a list of \[start, end\]'),
        ('events', [3, 9], r'a list of \[start, end\]'),
        ('tail', 1, 'a text or null'),
        ('segments_tolerance', 0.5, 'a whole number'),
        ('scores', [0.1, None], 'a list of numbers'),
        ('scores', [0.1, float('nan')], 'a list of numbers'),
        ('scores', 0.1, 'a list of numbers'),
    ],
)
def test_entry_of_a_wrong_type_is_an_error(tmp_path, key, value, kind):
    with pytest.raises(ValueError, match=rf'videos\[0\] \(.*\): {key} must be {kind}, got'):
        load_dump(write(tmp_path / 'dump.json', {**ENTRY, key: value}))


def test_entry_that_is_no_object_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r'videos\[1\]: expected an object, got list'):
        load_dump(write(tmp_path / 'dump.json', ENTRY, []))


def test_number_of_scores_has_to_be_num_segments(tmp_path):
    with pytest.raises(ValueError, match=r"'the/video': expected one score .* 2 segments, got 1"):
        load_dump(write(tmp_path / 'dump.json', {**ENTRY, 'scores': [0.1]}))


def test_value_out_of_range_is_an_error_that_names_file_and_video(tmp_path):
    with pytest.raises(ValueError, match=r"dump\.json: video 'the/video': scores must lie in"):
        load_dump(write(tmp_path / 'dump.json', {**ENTRY, 'scores': [0.1, 1.1]}))


def test_video_twice_is_an_error_that_names_file_and_video(tmp_path):
    with pytest.raises(ValueError, match=r"dump\.json: video 'the/video' was predicted more than"):
        load_dump(write(tmp_path / 'dump.json', ENTRY, ENTRY))


def test_relabel_takes_scores_from_the_dump_and_the_rest_from_the_annotations():
    old = VideoPrediction('a', [0.1, 0.9], 0, 'Normal')
    entry = {'video': 'a', 'num_frames': 40, 'label': 1, 'category': 'Abuse', 'events': [[3, 9]]}
    (new,) = relabel([old], {'tail': 'floor', 'segments_tolerance': 1}, [entry])
    assert new.scores.tolist() == [0.1, 0.9]
    assert (new.label, new.category, new.events) == (1, 'Abuse', ((3, 9),))
    assert (new.num_frames, new.tail, new.segments_tolerance) == (40, 'floor', 1)


@pytest.mark.parametrize(
    ('predicted', 'annotated', 'text'),
    [('ab', 'a', "annotations lack 1 of the videos, first 'b'"), ('a', 'abc', "lack 2 .* 'b'")],
)
def test_relabel_wants_the_same_videos_on_both_sides(predicted, annotated, text):
    predictions = [VideoPrediction(name, [0.5], 0, 'Normal') for name in predicted]
    with pytest.raises(ValueError, match=text):
        relabel(predictions, {}, [{'video': name} for name in annotated])
