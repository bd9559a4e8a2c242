import numpy as np
import pytest

from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.datasets.held_out import choose_held_out, count_held_out, count_held_out_of

CATEGORIES = ['Normal'] * 100 + ['Abuse'] * 50 + ['Arson'] * 20 + ['Rare'] * 2
LABELS = [0] * 100 + [1] * 72


def test_each_category_gives_its_part():
    held_out = choose_held_out(LABELS, CATEGORIES, 0.1)
    counts = {
        name: int(held_out[np.array(CATEGORIES) == name].sum())
        for name in ('Normal', 'Abuse', 'Arson', 'Rare')
    }
    assert counts == {'Normal': 10, 'Abuse': 5, 'Arson': 2, 'Rare': 0}


def test_same_seed_same_videos_another_seed_others():
    first, second = (choose_held_out(LABELS, CATEGORIES, 0.2, seed=3) for _ in range(2))
    assert (first == second).all()
    assert (first != choose_held_out(LABELS, CATEGORIES, 0.2, seed=4)).any()


def test_each_label_gives_at_least_one():
    held_out = choose_held_out([0] * 9 + [1] * 3, ['Normal'] * 9 + ['a', 'b', 'c'], 0.1)
    assert held_out[:9].sum() == 1 and held_out[9:].sum() == 1


def test_each_label_keeps_at_least_one():
    held_out = choose_held_out([0] * 9 + [1] * 3, ['Normal'] * 9 + ['a', 'b', 'c'], 0.9)
    assert not held_out[:9].all() and not held_out[9:].all()


@pytest.mark.parametrize('fraction', [0, 1, -0.1, 2])
def test_fraction_out_of_range_is_refused(fraction):
    with pytest.raises(ValueError, match=rf'must lie in \(0, 1\), got {fraction}'):
        choose_held_out(LABELS, CATEGORIES, fraction)


@pytest.mark.parametrize('label', [0, 1])
def test_label_with_one_video_is_refused(label):
    labels = [1 - label] * 5 + [label]
    categories = ['Normal' if value == 0 else 'Fire' for value in labels]
    message = f'cannot hold out videos of label {label}: the split has 1, needs 2; set selection='
    with pytest.raises(ValueError, match=message):
        choose_held_out(labels, categories, 0.2)


def test_the_part_of_a_category_is_rounded_not_cut():
    labels, categories = [0] * 18 + [1] * 17, ['Normal'] * 18 + ['Abuse'] * 17
    held_out = choose_held_out(labels, categories, 0.1)  # 1.8 and 1.7 videos
    assert (held_out[:18].sum(), held_out[18:].sum()) == (2, 2)


def test_the_count_is_that_of_what_is_drawn():
    held_out = choose_held_out(LABELS, CATEGORIES, 0.1, seed=3)
    expected = (held_out[:100].sum(), held_out[100:].sum())
    assert count_held_out(LABELS, CATEGORIES, 0.1, seed=3) == expected == (10, 7)


def test_of_a_class_with_one_video_nothing_is_drawn():
    assert count_held_out([0, 1, 1, 1], ['Normal'] + ['Fire'] * 3, 0.5) == (0, 0)


def annotate(folder, name, normal, anomalous):
    entries = [make_entry(f'{name}/n{index}', 'Normal', 16) for index in range(normal)]
    entries += [make_entry(f'{name}/a{index}', 'Fire', 16) for index in range(anomalous)]
    save_annotations(folder / f'{name}.json', make_metainfo('toy', 'train', 'ceil'), entries)
    part = dict(data_root=str(folder), ann_file=f'{name}.json')
    return dict(part, held_out=dict(fraction=0.1, seed=0))


def test_a_config_s_data_set_is_counted_from_its_annotations_alone(tmp_path):
    one, other = annotate(tmp_path, 'one', 60, 20), annotate(tmp_path, 'other', 40, 50)
    assert count_held_out_of(dict(one, type='VideoFeatureDataset')) == (6, 2)
    joined = dict(type='JoinedFeatureDataset', datasets=[one, other])
    assert count_held_out_of(joined) == (10, 7)


def test_a_data_set_that_holds_out_nothing_is_not_counted(tmp_path):
    dataset = annotate(tmp_path, 'one', 60, 20)
    assert count_held_out_of(dict(dataset, type='VideoFeatureDataset', held_out=None)) is None
    assert count_held_out_of(dict(dataset, type='RawframeDataset')) is None


def test_missing_annotations_are_an_error(tmp_path):
    dataset = dict(type='VideoFeatureDataset', ann_file='a.json', held_out=dict(fraction=0.1))
    with pytest.raises(FileNotFoundError, match=r'no annotation file at .*a\.json'):
        count_held_out_of(dict(dataset, data_root=str(tmp_path)))
