import pytest
import torch
from mmaction.registry import MODELS
from ranking_grid import choose, name_of, score_grid
from toy_detector import detector_config

from mmvad.scores.scored_video import ScoredVideo

SETTINGS = [(size, gamma) for size in (1, 3, 50, None) for gamma in (0.0, 0.5, 2.0)]


@pytest.mark.parametrize('name', ['salient_ucf', 'salient_bilstm_ucf'])
def test_the_grid_holds_the_detector_s_own_scores(name):
    torch.manual_seed(0)
    detector = MODELS.build(detector_config(name).model).eval()
    features = 5 * torch.randn(8, 2, 8)
    with torch.no_grad():
        found = score_grid(detector, features, SETTINGS)
        assert detector.head.segment_ranking == 0 and list(found) == SETTINGS
        for detector.head.bag_size, detector.head.segment_ranking in SETTINGS:
            setting = detector.head.bag_size, detector.head.segment_ranking
            torch.testing.assert_close(found[setting], detector.segment_scores(features))


def test_segments_are_projected_once_for_all_settings():
    detector = MODELS.build(detector_config().model).eval()
    passes, project = [], detector.head.project_segments
    detector.head.project_segments = lambda features: passes.append(1) or project(features)
    score_grid(detector, torch.randn(8, 2, 8), SETTINGS)
    assert len(passes) == 1


def test_held_out_videos_choose_and_of_equal_settings_the_first():
    def videos(normal, anomalous):
        return [ScoredVideo('n', normal, label=0), ScoredVideo('a', anomalous, label=1)]

    good, bad = videos([0.1, 0.2], [0.1, 0.9]), videos([0.1, 0.8], [0.1, 0.3])
    settings = [(1, 0.0), (1, 1.0), (2, 1.0)]
    seeds = [
        {(1, 0.0): good, (1, 1.0): good, (2, 1.0): good},
        {(1, 0.0): bad, (1, 1.0): good, (2, 1.0): good},
    ]
    chosen, criterion = choose(seeds, settings)
    assert chosen == (1, 1.0)
    assert criterion == {(1, 0.0): 0.5, (1, 1.0): 1.0, (2, 1.0): 1.0}


def test_settings_are_named():
    assert [name_of(setting) for setting in ((28, 0.25), (None, 0.0))] == [
        'l = 28, γ = 0.25',
        'l = video, γ = 0',
    ]
