import pytest
from mmaction.registry import TRANSFORMS
from mmengine.config import Config
from toy_data import REPOSITORY
from video_files import LISTS, numbered_frames, write_lists, write_video

from mmvad.datasets import CheckContainer
from mmvad.video.errors import VideoError


@pytest.mark.parametrize('name', ['labelled_video_clips', 'labelled_video_frames'])
def test_pipelines_refuse_playlists_before_decord_reads_them(tmp_path, name):
    video = write_video(tmp_path / 'a.mp4', numbered_frames(20))
    playlist, _ = write_lists(tmp_path, 'm3u8 with its place', video)
    cfg = Config.fromfile(REPOSITORY / f'configs/_base_/datasets/{name}.py')
    for pipeline in (cfg.train_pipeline, cfg.test_pipeline):
        first, second = (TRANSFORMS.build(step) for step in pipeline[:2])
        assert second(first(dict(filename=str(video))))['total_frames'] == 20
        with pytest.raises(VideoError, match=r'list\.mp4: FFmpeg cannot open it'):
            first(dict(filename=str(playlist)))


@pytest.mark.parametrize('kind', LISTS)
def test_every_kind_of_list_is_refused(tmp_path, kind):
    video = write_video(tmp_path / 'a.mp4', numbered_frames(3))
    check = CheckContainer()
    assert check(dict(filename=str(tmp_path / 'a'))) == dict(filename=str(tmp_path / 'a'))
    for path in write_lists(tmp_path, kind, video):
        with pytest.raises(VideoError, match='FFmpeg cannot open it'):
            check(dict(filename=str(path)))
