import cv2
import pytest
from mmaction.registry import RUNNERS
from toy_data import toy_config

from mmvad.engine.hooks import TrainingCurvesHook
from mmvad.engine.hooks.training_curves_hook import PICTURE


def test_a_training_leaves_its_curves_one_panel_a_metric(toy_root, tmp_path):
    heights = []
    for panels in (0, 2):
        work_dir = tmp_path / str(panels)
        hook = dict(type='TrainingCurvesHook', max_panels=panels)
        cfg = toy_config(toy_root, work_dir, **{'default_hooks.training_curves': hook})
        RUNNERS.build(cfg).train()
        heights.append(cv2.imread(str(work_dir / PICTURE)).shape[0])
    assert heights[1] == 3 * heights[0]


def test_negative_number_of_panels_is_refused():
    with pytest.raises(ValueError, match='max_panels must be at least 0, got -1'):
        TrainingCurvesHook(-1)
