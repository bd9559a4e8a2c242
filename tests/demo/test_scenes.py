import numpy as np
import pytest

from mmvad.datasets.converters.custom import convert
from mmvad.demo.scenes import ANOMALIES, list_lines, plan_scenes, render_scene, write_scenes
from mmvad.video.readers import open_video


def test_the_same_seed_gives_the_same_frames_and_another_one_others():
    (first,), (again,), (other,) = (plan_scenes('train', 1, 0, seed) for seed in (0, 0, 1))
    frames = [next(render_scene(scene)) for scene in (first, again, other)]
    np.testing.assert_array_equal(frames[0], frames[1])
    assert (frames[0] != frames[2]).mean() > 0.5


def test_splits_share_no_scene():
    seeds = [scene.seed for split in ('train', 'test') for scene in plan_scenes(split, 9, 9, 0)]
    assert len(set(seeds)) == len(seeds)


@pytest.mark.parametrize('category', ANOMALIES)
def test_the_anomaly_is_seen_during_the_event_and_not_before(category):
    scenes = plan_scenes('test', 0, len(ANOMALIES), 0)
    scene = next(scene for scene in scenes if scene.category == category)
    calm = type(scene)(scene.name, 'Normal', scene.num_frames, None, scene.seed)
    start, end = scene.event
    pairs = zip(render_scene(scene), render_scene(calm), strict=True)
    differing = [(one.astype(int) - other) ** 2 for one, other in pairs]
    errors = [float(difference.mean()) for difference in differing]
    assert max(errors[:start]) == 0
    assert np.median(errors[start : end + 1]) > 0


def test_lists_are_what_the_converter_reads(tmp_path):
    scenes = plan_scenes('test', 1, 2, 0)
    (tmp_path / 'test.txt').write_text(list_lines(scenes, 'test'))
    _, entries = convert(tmp_path / 'test.txt', 'test')
    for scene, entry in zip(scenes, entries, strict=True):
        expected = [[scene.event[0], scene.event[1] + 1]] if scene.event else []
        assert [list(event) for event in entry['events']] == expected
        assert entry['num_frames'] == scene.num_frames


def test_files_have_every_frame_and_stay_when_they_are_there(tmp_path):
    scenes = plan_scenes('train', 1, 0, 0)
    write_scenes(scenes, tmp_path)
    (path,) = tmp_path.glob('*.mp4')
    with open_video(path) as reader:
        assert sum(1 for _ in reader) == scenes[0].num_frames
    before = path.stat().st_mtime_ns
    write_scenes(scenes, tmp_path)
    assert path.stat().st_mtime_ns == before
