import numpy as np
from toy_data import dump_config, miscount_crops, toy_config

from mmvad.paper.attention import (
    MAPS,
    MapKeeper,
    watch_attention,
    write_attention,
)


def test_maps_come_at_the_iterations_and_at_the_end_and_are_not_made_twice(toy_root, tmp_path):
    cfg = toy_config(toy_root, tmp_path / 'unused')
    options = {'train_cfg.max_epochs': 1, **miscount_crops(cfg)}
    config = dump_config(cfg, tmp_path / 'toy.py')
    video, folder = 'Fire/train_012', tmp_path / 'run'
    maps = watch_attention(str(config), video, [1, 2], 0, 'test', folder, None, options)
    titles = list(maps)
    assert titles[:2] == [f'{video}, iteration 1', f'{video}, iteration 2']
    assert 'best' in titles[2] and len(titles) == 3
    for attention in maps.values():
        np.testing.assert_allclose(attention.sum(1), 1, atol=1e-5)
    written = (folder / MAPS).stat().st_mtime_ns
    again = watch_attention(str(config), video, [1, 2], 0, 'test', folder, None, options)
    assert list(again) == titles and (folder / MAPS).stat().st_mtime_ns == written


def test_a_keeper_goes_on_with_the_maps_of_a_cut_off_training(tmp_path):
    MapKeeper(tmp_path / MAPS)(np.array([[0.5, 0.5]]), 'first')
    keeper = MapKeeper(tmp_path / MAPS)
    keeper(np.array([[0.25, 0.75]]), 'second')
    assert keeper.maps == {'first': [[0.5, 0.5]], 'second': [[0.25, 0.75]]}


def test_maps_are_written_as_data_and_as_a_picture(tmp_path):
    maps = {'first': np.array([[0.5, 0.5]]), 'second': np.array([[0.1, 0.9]])}
    paths = write_attention(maps, tmp_path)
    assert paths[0].read_text().splitlines()[1] == 'first,1,1,0.5'
    assert paths[1].read_bytes().startswith(b'\x89PNG')
