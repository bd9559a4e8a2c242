import pytest
import torch
from detector_runs import load_config, open_videos, train_detector
from mmaction.registry import MODELS
from planted.heads import HEADS, ORDER_HEADS, PlantedHead
from planted.sets import ALL_SETS, BAG, CHANNELS, make_planted_set
from planted_table import measure_set, write_table

from mmvad.paper.bag_sizes import measure_bag_sizes

BY_NAME = {planted.name: planted for planted in ALL_SETS}


def test_heads_that_differ_in_the_test_only_share_one_training():
    salient = [head for head in HEADS if head.config == 'salient_ped2']
    assert len(salient) == 4 and len({head.training for head in salient}) == 1
    assert PlantedHead('more', 'salient_ped2', epochs=4).training != salient[0].training


def test_a_head_without_the_setting_of_its_test_is_refused():
    head = dict(type='LastSegmentHead', in_channels=4)
    detector = MODELS.build(dict(type='VideoAnomalyDetector', head=head))
    line = PlantedHead('BL', 'bilstm_ucf', dict(segment_ranking=1.0))
    with pytest.raises(ValueError, match='BL: LastSegmentHead has no segment_ranking'):
        line.score(detector, torch.zeros(3, 1, 4))


def test_the_table_has_means_over_seeds_and_what_should_matter():
    heads = [PlantedHead('A', 'a')]
    seeds = [{'A': dict(AUC=0.8, within=0.5)}, {'A': dict(AUC=0.9, within=0.75)}]
    lines = write_table({'shuffled': seeds}, heads).splitlines()
    assert lines[0] == '| set | A | what should matter |'
    assert lines[2].startswith('| shuffled | 0.850 ± 0.050 / 0.625 | no use of neighbours')


def test_a_planted_anomaly_is_found_and_the_ranking_localises_it():
    heads = [
        PlantedHead(
            f'γ = {gamma}', 'salient_ped2', dict(bag_size=None, segment_ranking=gamma), epochs=1
        )
        for gamma in (0.0, 1.0)
    ]
    found = measure_set(BY_NAME['plain'], heads, seed=0)
    assert found['γ = 0.0']['within'] == 0.5 and found['γ = 1.0']['within'] > 0.75
    assert min(measures['AUC'] for measures in found.values()) > 0.75


def order_areas(name, *systems):
    """Frame AUCs of Table 1's trainings, in order and reordered, by system."""
    heads = [head for head in ORDER_HEADS if head.name.startswith(systems)]
    found = measure_set(BY_NAME[name], heads, seed=0)
    return {
        system: [found[f'{system}, {order}']['AUC'] for order in ('in order', 'reordered')]
        for system in systems
    }


def test_reordering_costs_what_only_the_order_tells():
    areas = order_areas('ordered', 'RTFM', 'salient')
    in_order, reordered = areas['RTFM']  # its convolutions see the order
    assert in_order > 0.95 and reordered < 0.75
    assert max(areas['salient']) < 0.7  # a sum over segments cannot tell the videos apart
    assert abs(areas['salient'][0] - areas['salient'][1]) < 0.05


def test_reordering_changes_nothing_where_the_order_tells_nothing():
    for in_order, reordered in order_areas('unordered', 'RTFM', 'salient').values():
        assert min(in_order, reordered) > 0.95 and abs(in_order - reordered) < 0.02


def test_the_best_bag_size_is_that_of_the_planted_events(tmp_path):
    dataset = make_planted_set(BY_NAME['aligned'], tmp_path)
    cfg = load_config('salient_ped2', dataset, CHANNELS, {'train_cfg.max_epochs': 1})
    sizes = [1, 2, 4, 8, 16, 32, 64]
    detector = train_detector(cfg, seed=0)
    published, ranked = measure_bag_sizes(detector, open_videos(cfg), sizes, rankings=[0.0, 1.0])
    best = published.argmax()
    assert sizes[best] == BAG
    assert published[best] - max(published[best - 1], published[best + 1]) > 0.03
    assert published[best] - max(published[0], published[-1]) > 0.15
    # segments of their own scores lose less where bags are too long
    assert ranked[-1] - published[-1] > 0.05
