from dataclasses import replace

import numpy as np
import pytest
from toy_videos import make_video, random_videos

from mmvad.evaluation.functional import category_report, roc_auc
from mmvad.evaluation.functional.runs import FrameRuns


def report(videos):
    return category_report(videos, FrameRuns.join(videos, 'true'))


def test_the_definitions_differ_in_the_normal_videos():
    videos = random_videos(num_videos=14)
    values = report(videos).values
    for category in ('B1', 'B2'):
        own = [v for v in videos if category in v.category.split('-')]
        normal = [v for v in videos if v.label == 0]
        for name, part in ((f'AUC/{category}', own + normal), (f'AUC_own/{category}', own)):
            ranking = FrameRuns.join(part, 'true').ranking
            assert values[name] == pytest.approx(roc_auc(*ranking), abs=1e-14)
        assert values[f'AUC/{category}'] != values[f'AUC_own/{category}']


def test_a_video_of_a_category_twice_counts_once_and_one_of_two_for_each():
    videos = [
        make_video('n', [0.1], num_frames=16),
        *(
            make_video(name, [0.3, score], category, [(16, 32)], 32)
            for name, score, category in (('a', 0.9, 'B1-B2-B1'), ('b', 0.2, 'G'))
        ),
    ]
    assert list(report(videos).values) == [
        f'{kind}/{category}' for category in ('B1', 'B2', 'G') for kind in ('AUC', 'AUC_own')
    ]
    assert report(videos).values['AUC_own/G'] == 0.0


def test_what_a_category_does_not_define_has_a_reason():
    whole = make_video('a', [0.9], 'B1', [(0, 16)], 16)
    table = report([whole])
    assert table.undefined == {
        'AUC/B1': 'no normal video',
        'AUC_own/B1': 'no negative among 16 labels',
    }
    table = report([whole, make_video('n', [0.1], num_frames=16)])
    assert table.values == {'AUC/B1': 1.0} and list(table.undefined) == ['AUC_own/B1']


def test_a_video_of_unknown_category_is_of_none():
    video = replace(make_video('a', [0.9, 0.1], 'B1', [(0, 16)], 32), category=None)
    assert report([video]).values == {}
    assert np.isfinite(report(random_videos()).values['AUC/B1'])
