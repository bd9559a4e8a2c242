import hashlib
import os
import stat
import subprocess
import sys

import pytest

from mmvad.files import (
    atomic_path,
    file_name_of,
    file_sha256,
    parse_json,
    printable,
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


def test_a_link_stays_and_the_file_that_it_names_is_replaced(tmp_path):
    (tmp_path / 'real').mkdir()
    target, link, chain = tmp_path / 'real' / 'a.json', tmp_path / 'link.json', tmp_path / 'chain'
    target.write_text('old')
    link.symlink_to('real/a.json')
    chain.symlink_to(link)
    with atomic_path(chain) as temporary:
        assert temporary.parent == target.parent
        temporary.write_text('new')
    assert link.is_symlink() and chain.is_symlink()
    assert target.read_text() == 'new' and not target.is_symlink()


def test_a_link_to_nothing_yet_gets_its_file(tmp_path):
    (tmp_path / 'link.json').symlink_to(tmp_path / 'new' / 'a.json')
    write_json(tmp_path / 'link.json', [1])
    assert (tmp_path / 'link.json').is_symlink()
    assert (tmp_path / 'new' / 'a.json').read_text() == '[1]\n'


def test_links_in_a_circle_and_folders_are_refused(tmp_path):
    (tmp_path / 'a').symlink_to(tmp_path / 'b')
    (tmp_path / 'b').symlink_to(tmp_path / 'a')
    with pytest.raises(OSError, match='its links go round in a circle'):
        write_json(tmp_path / 'a', [])
    with pytest.raises(IsADirectoryError, match='expected a file, got a folder'):
        write_json(tmp_path, [])


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / 'pipe.json'
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_json(pipe, [1])
    assert os.read(reader, 100) == b'[1]\n'
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode) and os.listdir(tmp_path) == ['pipe.json']


def test_a_device_stays_a_device(tmp_path):
    (tmp_path / 'link').symlink_to('/dev/null')
    write_json(tmp_path / 'link', [1])
    assert stat.S_ISCHR(os.stat('/dev/null').st_mode) and (tmp_path / 'link').is_symlink()


@pytest.mark.parametrize('name', ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])
@pytest.mark.parametrize('to_file', [True, False])
def test_the_output_of_a_command_gets_the_file_between_its_lines(tmp_path, name, to_file):
    code = f"""
from mmvad.files import write_json
print('before')
write_json({name!r}, [1])
print('after')
"""
    command = [sys.executable, '-c', code]
    if to_file:
        with (tmp_path / 'out').open('wb') as file:
            subprocess.run(command, stdout=file, check=True)
        printed = (tmp_path / 'out').read_bytes()
    else:
        printed = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    assert printed == b'before\n[1]\nafter\n'


def test_a_name_as_long_as_a_file_system_takes_is_written(tmp_path):
    for name in ('a' * 250 + '.json', '监' * 83 + '.json'):
        write_json(tmp_path / name, [1])
        assert (tmp_path / name).is_file()
    assert len(os.listdir(tmp_path)) == 2


@pytest.mark.parametrize('text', ['\x1b]0;x\x07', 'a\nb', '\r', '\x9b2J', '\x7f', '\t', '\u2028'])
def test_what_steers_a_terminal_is_escaped(text):
    assert printable(text).isprintable()
    assert printable(text).encode().decode('unicode_escape') == text


def test_what_turns_the_direction_of_reading_is_escaped_and_letters_are_not():
    assert printable('a\u202egpj.mp4 \u2066\u200f') == r'a\u202egpj.mp4 \u2066\u200f'
    assert printable('Ünï 监控 \\n') == 'Ünï 监控 \\n'
