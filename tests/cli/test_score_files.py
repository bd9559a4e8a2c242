import json

import numpy as np
import pytest
from toy_detector import CHANNELS, build_inferencer, detector_config, write_checkpoint

from mmvad.apis.inferencer import AnomalyInferencer
from mmvad.cli.score_files import score_files
from mmvad.datasets.annotations import make_entry, make_metainfo
from mmvad.scores.scores_file import read_scores


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('run')


@pytest.fixture(scope='module')
def inferencer(folder):
    weights = write_checkpoint(folder / 'best.pth', detector_config())
    return build_inferencer(weights, rule=0.5)


@pytest.fixture(scope='module')
def files(folder):
    """Two feature files, of 5 and of 2 segments."""
    paths = [folder / 'gate.npy', folder / 'yard.npy']
    for path, num_segments in zip(paths, (5, 2), strict=True):
        features = np.random.default_rng(num_segments).standard_normal((num_segments, 5, CHANNELS))
        np.save(path, features.astype(np.float32))
    return [str(path) for path in paths]


class Stopped(AnomalyInferencer):
    """Breaks down at the second file."""

    def __init__(self, like, error):
        super().__init__(like.detector, rule=like.rule)
        self.error = error

    def score(self, source, *args):
        if source.endswith('yard.npy'):
            raise self.error
        return super().score(source, *args)


def test_every_input_is_scored_and_only_the_scores_file_is_left(inferencer, files, tmp_path):
    scores = score_files(inferencer, files, tmp_path / 'out')
    assert [path.name for path in (tmp_path / 'out').iterdir()] == ['scores.json']
    read = read_scores(tmp_path / 'out' / 'scores.json')
    assert [video.name for video in scores.videos] == [video.name for video in read.videos] == files
    assert [video.num_segments for video in read.videos] == [5, 2]
    for video, path in zip(read.videos, files, strict=True):
        assert video.scores.tolist() == inferencer.score(path).scores.tolist()
        assert video.events == inferencer.cut(inferencer.score(path)).events
    assert (read.rule, read.made_by) == (inferencer.rule, inferencer.made_by)


def test_without_a_folder_nothing_is_written(inferencer, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(score_files(inferencer, files, None).videos) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_video_that_fails_has_its_error_and_the_rest_is_scored(inferencer, files, tmp_path):
    absent = str(tmp_path / 'absent.npy')
    first, second = score_files(inferencer, [absent, files[0]], None).videos
    assert absent in first.error and second.num_segments == 5


def test_an_interrupted_run_writes_what_it_has(inferencer, files, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        score_files(Stopped(inferencer, KeyboardInterrupt()), files, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['scores.json']
    (video,) = read_scores(tmp_path / 'scores.json').videos
    assert video.name == files[0]
    with pytest.raises(KeyboardInterrupt):  # nothing new: the file of the run before stays
        score_files(Stopped(inferencer, KeyboardInterrupt()), files[1:], tmp_path)
    assert len(read_scores(tmp_path / 'scores.json').videos) == 1


def test_a_network_that_fails_ends_the_run_with_what_it_has(inferencer, files, tmp_path):
    with pytest.raises(RuntimeError, match='out of memory'):
        score_files(Stopped(inferencer, RuntimeError('out of memory')), files, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['scores.json']
    assert [video.name for video in read_scores(tmp_path / 'scores.json').videos] == files[:1]


def test_while_the_run_goes_on_the_log_holds_what_is_done(inferencer, files, tmp_path):
    seen = []

    class Watching(AnomalyInferencer):
        def score(self, source, *args):
            seen.append([video.name for video in read_scores(tmp_path / 'scores.jsonl').videos])
            return super().score(source, *args)

    score_files(Watching(inferencer.detector, None, 0.5), [*files, 'absent.npy'], tmp_path)
    assert seen == [[], files[:1], files]


def test_annotations_come_to_the_videos_that_they_name(inferencer, files):
    metainfo = make_metainfo('mine', 'test', 'ceil')
    annotations = metainfo, [make_entry('gate', 'Fighting', 80, [(20, 50)])]
    gate, yard = score_files(inferencer, files, None, annotations).videos
    assert (gate.label, gate.annotated_events, gate.tail) == (1, ((20, 50),), 'ceil')
    assert yard.label is None
    with pytest.raises(ValueError, match='none of the videos is annotated'):
        score_files(inferencer, files[1:], None, annotations)


def test_a_frame_rate_gives_feature_files_their_times(inferencer, files):
    scores = score_files(inferencer, files, None, fps=8)
    assert [video.clock.edges[-1] for video in scores.videos] == [10, 4]


def test_scores_that_cannot_be_written_are_printed(inferencer, files, tmp_path, capsys):
    (tmp_path / 'out' / 'scores.json').mkdir(parents=True)
    with pytest.raises(OSError, match=r'scores\.json: expected a file, got a folder'):
        score_files(inferencer, files, tmp_path / 'out')
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line[:1] == '{']
    assert len(lines) == len(files) and all('scores' in line or 'error' in line for line in lines)
