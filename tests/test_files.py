import hashlib
import os

import pytest

from mmvad.files import (
    atomic_path,
    file_name_of,
    file_sha256,
    parse_json,
    read_json,
    write_json,
)


def test_file_appears_whole_in_a_folder_that_is_made(tmp_path):
    path = tmp_path / 'new' / 'folder' / 'scores.json'
    with atomic_path(path) as temporary:
        temporary.write_text('[1]')
        assert not path.exists()
    assert path.read_text() == '[1]'
    assert os.listdir(path.parent) == ['scores.json']


def test_old_file_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / 'scores.json'
    path.write_text('old')
    with atomic_path(path) as temporary:
        temporary.write_text('new')
        assert path.read_text() == 'old'
    assert path.read_text() == 'new'


@pytest.mark.parametrize('error', [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_writer_leaves_nothing(tmp_path, error):
    path = tmp_path / 'scores.json'
    path.write_text('old')
    with pytest.raises(error), atomic_path(path) as temporary:
        temporary.write_text('ha')
        raise error
    assert os.listdir(tmp_path) == ['scores.json']
    assert path.read_text() == 'old'


def test_temporary_name_keeps_the_suffix_and_is_hidden(tmp_path):
    with atomic_path(tmp_path / 'pack.npy') as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == '.npy'
        assert temporary.name.startswith('.pack-')


def test_permissions_are_those_of_an_ordinary_new_file(tmp_path):
    (tmp_path / 'ordinary').write_text('')
    with atomic_path(tmp_path / 'atomic') as temporary:
        temporary.write_text('')
    modes = [(tmp_path / name).stat().st_mode for name in ('ordinary', 'atomic')]
    assert modes[0] == modes[1]


def test_file_names_of_videos_are_ascii_and_never_collide():
    videos = ['a/b', 'a+b', 'a_b', 'a%2Fb', 'a\\b', 'v=x__#1_label_A', 'ü', '..', '.hidden', 'a b']
    videos += ['监控' * 40 + end for end in 'xy']
    names = [file_name_of(video) for video in videos]
    assert len(set(names)) == len(videos)
    for name in names:
        assert name.isascii() and len(name) < 230
        assert not set(name) & set('/\\:#?*<>|" ') and not name.startswith('.')


def test_empty_name_of_a_video_is_refused():
    with pytest.raises(ValueError, match='expected the name of a video, got an empty text'):
        file_name_of('')


def test_json_survives_the_file_and_equal_content_is_equal_bytes(tmp_path):
    content = {'AUC': 0.1, 'name': 'Ünïcode', 'empty': [None, True, {}]}
    write_json(tmp_path / 'new' / 'a.json', content)
    write_json(tmp_path / 'b.json', dict(content), indent=2)
    assert read_json(tmp_path / 'new' / 'a.json') == read_json(tmp_path / 'b.json') == content
    first = (tmp_path / 'new' / 'a.json').read_bytes()
    assert first.count(b'\n') == 1 and 'Ünïcode' in first.decode('utf-8')
    write_json(tmp_path / 'new' / 'a.json', content)
    assert (tmp_path / 'new' / 'a.json').read_bytes() == first


def test_a_file_name_that_is_no_utf8_survives_json(tmp_path):
    write_json(tmp_path / 'a.json', ['caf\udce9.mp4', 'ü'])
    assert (tmp_path / 'a.json').read_bytes().isascii()
    assert read_json(tmp_path / 'a.json') == ['caf\udce9.mp4', 'ü']


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_failed_json_leaves_the_old_file_and_nothing_else(tmp_path, value):
    write_json(tmp_path / 'a.json', [1])
    with pytest.raises(ValueError, match='JSON compliant'):
        write_json(tmp_path / 'a.json', [value])
    assert read_json(tmp_path / 'a.json') == [1]
    assert os.listdir(tmp_path) == ['a.json']


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{', 'Expecting property name'),
        ('', 'Expecting value'),
        ('[NaN]', 'NaN is not a JSON number'),
        ('[-Infinity]', '-Infinity is not a JSON number'),
        ('[1e999]', 'the number 1e999 is too large'),
        ('[1' + '0' * 400 + ']', 'a number of 401 digits is too large'),
        ('[-1' + '0' * 5000 + ']', 'a number of 5002 digits is too large'),
        ('[' * 100_000, 'it is nested too deeply'),
        ('{"a": 1, "b": 2, "b": 3}', "the key 'b' appears twice"),
        ('[{"c": {"a": 1, "a": 1}}]', "the key 'a' appears twice"),
    ],
)
def test_text_that_is_no_json_is_refused(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        parse_json(text)
    (tmp_path / 'a.json').write_text(text)
    with pytest.raises(ValueError, match=f'a.json: not a JSON file: {message}'):
        read_json(tmp_path / 'a.json')


def test_file_that_is_no_text_or_nested_without_end_is_refused(tmp_path):
    for content in (b'\xff\xfe', b'[' * 100_000):
        (tmp_path / 'a.json').write_bytes(content)
        with pytest.raises(ValueError, match=r'a.json: not a JSON file'):
            read_json(tmp_path / 'a.json')


def test_missing_files_are_errors_that_name_the_path(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no record at .*a.json'):
        read_json(tmp_path / 'a.json', 'record')
    with pytest.raises(FileNotFoundError, match=r'no file at .*a.json'):
        read_json(tmp_path / 'a.json')
    with pytest.raises(FileNotFoundError, match=r'file not found: .*a.pth'):
        file_sha256(tmp_path / 'a.pth')


def test_digest_is_that_of_the_whole_file(tmp_path):
    content = bytes(range(256)) * 5000
    (tmp_path / 'a.pth').write_bytes(content)
    assert file_sha256(tmp_path / 'a.pth') == hashlib.sha256(content).hexdigest()
