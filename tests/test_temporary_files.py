import os
import subprocess
import sys
import time

import pytest

from mmvad.temporary_files import MAX_BYTES, UNKNOWN_SECONDS, make_temporary, remove_leftovers

MAKE = """
import sys
from pathlib import Path
from mmvad.temporary_files import make_temporary
print(make_temporary(Path(sys.argv[1]), 'scores.json'), flush=True)
sys.stdin.read()
"""


def start_owner(folder):
    owner = subprocess.Popen(
        [sys.executable, '-c', MAKE, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return owner, owner.stdout.readline().strip()


def test_a_file_stays_while_its_owner_lives_and_goes_after_its_death(tmp_path):
    owner, path = start_owner(tmp_path)
    try:
        os.utime(path, (0, 0))  # a writer may be slow
        remove_leftovers(tmp_path)
        assert os.path.exists(path)
    finally:
        owner.kill()
        owner.communicate()
    remove_leftovers(tmp_path)
    assert not os.path.exists(path)


def test_a_process_number_that_was_given_again_is_another_owner(tmp_path):
    path = make_temporary(tmp_path, 'scores.json')
    _, pid, start = path.name.split('-')[1].split('.')
    other = path.with_name(path.name.replace(f'{pid}.{start}', f'{pid}.{int(start) + 1}'))
    path.rename(other)
    remove_leftovers(tmp_path)
    assert not other.exists()


@pytest.mark.parametrize('owner', ['', '00000000.1.1-'], ids=['no owner', 'another host'])
def test_an_owner_that_cannot_be_looked_up_has_a_day(tmp_path, owner):
    path = tmp_path / f'.scores-{owner}abcd_123.tmp.json'
    path.touch()
    now = time.time()
    os.utime(path, (now, now - UNKNOWN_SECONDS + 60))
    remove_leftovers(tmp_path)
    assert path.exists()
    os.utime(path, (now, now - UNKNOWN_SECONDS - 60))
    remove_leftovers(tmp_path)
    assert not path.exists()


def test_what_merely_looks_alike_stays(tmp_path):
    for name in ('.scores-short.tmp.json', 'scores-abcd_123.tmp.json', '.scores-abcd_123.json'):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / '.folder-abcd_123.tmp').mkdir()
    remove_leftovers(tmp_path)
    assert len(list(tmp_path.iterdir())) == 4
    remove_leftovers(tmp_path / 'missing')


def test_a_long_name_is_cut_to_what_a_file_system_takes(tmp_path):
    path = make_temporary(tmp_path, 'ä' * 120 + '.json')
    assert len(os.fsencode(path.name)) <= MAX_BYTES
    assert path.suffix == '.json'
