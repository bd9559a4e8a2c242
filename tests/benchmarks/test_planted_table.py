import pytest
import torch
from mmaction.registry import MODELS
from planted.heads import HEADS, PlantedHead
from planted.sets import SETS
from planted_table import measure_set, write_table


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
    found = measure_set(SETS[0], heads, seed=0)
    assert found['γ = 0.0']['within'] == 0.5 and found['γ = 1.0']['within'] > 0.75
    assert min(measures['AUC'] for measures in found.values()) > 0.75
