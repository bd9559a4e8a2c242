import csv
import json
import subprocess
import sys

import numpy as np
import pytest
from toy_data import REPOSITORY

from mmvad.cli.compare import COLUMNS, main, parse_system
from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.evaluation.functional.comparison import compare_systems
from mmvad.evaluation.functional.runs import FrameRuns
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile, read_scores, write_scores

ENTRIES = [
    make_entry(f'v{n}', 'Abuse' if n % 2 else 'Normal', 48, [(3, 20)] if n % 2 else ())
    for n in range(8)
]
METAINFO = make_metainfo('toy', 'test', 'ceil')


def write(path, seed, prefix=None, entries=ENTRIES):
    rng = np.random.default_rng(seed)
    videos = []
    for entry in entries:
        name = entry['video'] if prefix is None else f'{prefix}/{entry["video"]}.mp4'
        video = ScoredVideo(name, rng.random(3, np.float32))
        videos.append(video if prefix else video.annotate(entry, METAINFO))
    write_scores(path, ScoresFile(videos[::-1] if seed % 2 else videos))
    return str(path)


@pytest.fixture
def files(tmp_path):
    return [write(tmp_path / f'{n}.json', n) for n in range(4)]


def runs(path, entries=ENTRIES):
    videos = {video.name: video for video in read_scores(path).videos}
    return FrameRuns.join([videos[entry['video']] for entry in entries], 'segments')


def test_the_table_is_that_of_the_comparison(files, tmp_path, capsys):
    out = tmp_path / 'out.json'
    systems = [f'a={files[0]},{files[2]}', f'b={files[1]}']
    assert main([*systems, '--replicas', '50', '--seed', '3', '--out', str(out)]) == 0
    found = compare_systems({'a': [runs(files[0]), runs(files[2])], 'b': [runs(files[1])]}, 50, 3)
    content = json.loads(out.read_text())
    assert [d['value'] for d in content['differences']] == [d.value for d in found.differences]
    assert [d['resolved'] for d in content['differences']] == [
        d.resolved for d in found.differences
    ]
    assert content['systems'] == [vars(system) for system in found.systems]
    lines = capsys.readouterr().out.splitlines()
    first, difference = found.systems[0], found.differences[0]
    assert lines[:2] == [
        'AUC',
        f'  a      {first.value:7.4f}  [{first.low:.4f}, {first.high:.4f}]  '
        f'std {first.std:.4f} over 2 seeds',
    ]
    verdict = 'resolved' if difference.resolved else 'not resolved'
    assert lines[3].startswith(f'  a − b  {difference.value:+.4f}  [') and lines[3].endswith(
        f'{difference.high:+.4f}]  {verdict}'
    )
    assert lines[-1] == (
        '95 % intervals of 50 replicas of 8 videos (384 frames, 68 of them anomalous), seed 3'
    )


def test_csv_has_a_line_for_each_system_and_each_difference(files, tmp_path):
    out = tmp_path / 'out.csv'
    arguments = [f'=a={files[0]}'[1:], f'b={files[1]}', f'@c={files[2]}']
    assert main([*arguments, '--replicas', '20', '--out', str(out)]) == 0
    header, *rows = csv.reader(out.open(encoding='utf-8'))
    assert tuple(header) == COLUMNS
    assert len(rows) == 3 * (3 + 3)
    assert [row[1:3] for row in rows[9:12]] == [['a', 'b'], ['a', "'@c"], ['b', "'@c"]]
    assert {row[6] for row in rows[:9]} == {''} and {row[6] for row in rows[9:]} <= {'yes', 'no'}


def test_the_forest_plot_is_drawn(files, tmp_path):
    picture = tmp_path / 'forest.png'
    assert main([*files[:2], '--replicas', '20', '--plot', str(picture)]) == 0
    assert picture.read_bytes().startswith(b'\x89PNG')


def test_a_file_without_a_name_is_called_by_its_path(files, capsys):
    assert main([*files[:2], '--replicas', '5']) == 0
    assert files[0].removesuffix('.json') + ' − ' in capsys.readouterr().out


def test_videos_of_infer_are_compared_by_their_annotations(tmp_path, files, capsys):
    save_annotations(tmp_path / 'test.json', METAINFO, ENTRIES)
    other = write(tmp_path / 'other.json', 5, prefix='/videos/night')
    flags = ['--replicas', '5', '--annotations', str(tmp_path / 'test.json')]
    assert main([f'a={files[0]}', f'b={other}', *flags]) == 0
    assert main([f'a={files[0]}', f'b={other}', *flags[:2]]) == 2
    assert "differ: video 'v0' is in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ('text', 'found'),
    [
        ('a=1.json', ('a', ['1.json'])),
        ('a b=1.json,2.json', ('a b', ['1.json', '2.json'])),
        ('x/scores.json', ('x/scores', ['x/scores.json'])),
        ('a=x=1.json', ('a', ['x=1.json'])),
    ],
)
def test_a_system_is_a_name_and_files(text, found):
    assert parse_system(text) == found


def test_the_name_of_a_file_that_exists_is_that_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'lr=0.1,l=9.json').touch()
    assert parse_system('lr=0.1,l=9.json') == ('lr=0.1,l=9', ['lr=0.1,l=9.json'])


@pytest.mark.parametrize('text', ['=1.json', 'a=', 'a=1.json,', ''])
def test_an_empty_name_or_file_is_an_error(text):
    with pytest.raises(ValueError, match='expected NAME=FILE,FILE or a file, got'):
        parse_system(text)


def test_several_files_need_a_name():
    with pytest.raises(ValueError, match=r'need a name: NAME=1\.json,2\.json'):
        parse_system('1.json,2.json')


def test_bad_input_gives_status_2_and_one_line(tmp_path, files, capsys):
    shifted = [dict(entry, events=[[3, 21]] if entry['events'] else []) for entry in ENTRIES]
    other = write(tmp_path / 'shifted.json', 0, entries=shifted)
    whole = tmp_path / 'whole.json'
    write_scores(whole, ScoresFile([ScoredVideo('v0', [0.5], label=0)], unit='video'))
    cases = [
        (files[:1], 'a comparison needs at least two systems'),
        ([files[0], files[0]], 'two systems are called'),
        ([files[0], other], f"{files[0]} and {other} differ: video 'v1' has frame 20 normal in"),
        ([files[0], str(whole)], f'{whole}: scores of whole videos'),
        ([files[0], str(tmp_path / 'no.json')], 'no scores file at'),
        ([*files[:2], '--out', 'a.txt'], "--out must be a .json or a .csv file, got 'a.txt'"),
        ([*files[:2], '--replicas', '0'], 'the number of replicas must be at least 1, got 0'),
    ]
    for arguments, text in cases:
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert text in error and error.count('\n') == 1


WITHOUT_TORCH = """
import sys, types

class Refuse:
    def find_spec(name, path=None, target=None):
        if name in ('torch', 'mmengine', 'mmaction'):
            raise AssertionError(name + ' is imported')

sys.meta_path.insert(0, Refuse)
root, first, second, out = sys.argv[1:]
for name in ('mmvad', 'mmvad.evaluation', 'mmvad.datasets'):  # whose __init__ registers components
    module = sys.modules[name] = types.ModuleType(name)
    module.__path__ = [root + '/' + name.replace('.', '/')]
from mmvad.cli import compare, evaluate
assert evaluate.main([first, '--all', '--curves', out]) == 0
assert compare.main([first, second, '--replicas', '5', '--plot', out + '/forest.png']) == 0
"""


def test_evaluation_and_comparison_run_without_torch(files, tmp_path):
    process = subprocess.run(
        [sys.executable, '-c', WITHOUT_TORCH, REPOSITORY, *files[:2], tmp_path / 'out'],
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert (tmp_path / 'out' / 'forest.png').is_file()
