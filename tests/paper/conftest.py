"""A place for runs whose command is a stand-in that takes no time."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mmvad.paper.trainings import Place
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile, write_scores

STAND_IN = Path(__file__).with_name('stand_in.py')


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Every test of a run there gives AUC 0.75: of 32 · 32 pairs, half of one video's are lost."""
    normal = ScoredVideo('n', [0.1, 0.6], label=0, category='Normal', annotated_events=[])
    fire = ScoredVideo('f', [0.5, 0.9], label=1, category='Fire', annotated_events=[(0, 32)])
    write_scores(tmp_path / 'scores.json', ScoresFile([normal, fire]))
    monkeypatch.setenv('STAND_IN_SCORES', str(tmp_path / 'scores.json'))
    return Place(tmp_path / 'runs', command=(sys.executable, str(STAND_IN)))


@pytest.fixture
def failing(place, monkeypatch):
    """The same place, where the training of one config fails."""
    monkeypatch.setenv('STAND_IN_FAILING', 'sultani_ucf')
    return replace(place)
