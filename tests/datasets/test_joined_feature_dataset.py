import json
import logging

import numpy as np
import pytest
from mmaction.registry import RUNNERS
from mmengine.logging import MMLogger
from toy_data import TOY_STORE, toy_config, write_toy_dataset

from mmvad.datasets import JoinedFeatureDataset, VideoFeatureDataset
from mmvad.datasets.data_check import configured_datasets
from mmvad.datasets.feature_record import FORMAT, record_path
from mmvad.files import write_json

T = 8


def write_named(root, suffix, seed, **sizes):
    """A toy data set whose videos' names end in `suffix`."""
    write_toy_dataset(root, seed=seed, **sizes)
    for path in (root / 'features').glob('*.npy'):
        path.rename(path.with_stem(path.stem + suffix))
    for name in ('train', 'test'):
        path = root / f'{name}.json'
        content = json.loads(path.read_text())
        for entry in content['data_list']:
            entry['video'] += suffix
        path.write_text(json.dumps(content))
    return root


@pytest.fixture(scope='module')
def roots(tmp_path_factory):
    folder = tmp_path_factory.mktemp('joined')
    return [
        write_named(folder / 'a', '_a', seed=0),
        write_named(folder / 'b', '_b', seed=7, num_train=8, num_test=4),
    ]


def part(root, split='train', **options):
    options = dict(features=TOY_STORE, data_root=str(root), num_segments=T) | options
    if split == 'train':
        options.setdefault('held_out', dict(fraction=0.25, seed=0))
    return dict(ann_file=f'{split}.json', **options)


def test_samples_are_those_of_the_parts_in_any_order(roots):
    joined = JoinedFeatureDataset([part(root) for root in roots])
    parts = [VideoFeatureDataset(**part(root)) for root in roots]
    assert len(joined) == sum(map(len, parts)) == 80
    assert joined.labels.tolist() == [label for own in parts for label in own.labels]
    indices = [50, 3, 79, 3, 48, 47, 0]
    batch = joined.__getitems__(indices)
    assert batch['inputs'].shape == (7, T, 16)
    for place, index in enumerate(indices):
        own, rest = (parts[0], index) if index < 48 else (parts[1], index - 48)
        expected = own[rest]
        assert batch['inputs'][place].equal(expected['inputs'])
        assert batch['data_samples'][place].video == expected['data_samples'].video
        assert joined.annotations[index // joined.num_crops]['video'].endswith('ab'[index >= 48])
    assert joined[-1]['inputs'].equal(joined[79]['inputs'])
    with pytest.raises(IndexError, match=r'expected sample indices below 80, got \[80\]'):
        joined[80]


def test_whole_videos_are_those_of_the_parts(roots):
    joined = JoinedFeatureDataset([part(root, 'test') for root in roots], test_mode=True)
    batch = joined.__getitems__([13, 0])
    assert [sample.video[-2:] for sample in batch['data_samples']] == ['_b', '_a']
    own = VideoFeatureDataset(**part(roots[1], 'test'), test_mode=True)
    assert batch['inputs'][0].equal(own[1]['inputs'])


def joined_config(roots, work_dir, **options):
    cfg = toy_config(roots[0], work_dir, **{'train_cfg.max_epochs': 6, **options})
    for name in ('train', 'test'):
        parts = [part(root, name) for root in roots]
        dataset = dict(type='JoinedFeatureDataset', datasets=parts, test_mode=name == 'test')
        cfg[f'{name}_dataloader'].dataset = dataset
    return cfg


def test_training_selection_test_and_attention_maps_work_on_all_of_them(roots, tmp_path):
    cfg = joined_config(roots, tmp_path, selection='held_out')
    names = {
        entry['video']
        for root in roots
        for entry in VideoFeatureDataset(**part(root), subset='train').annotations
        if entry['label']
    }
    looked_at = [next(name for name in sorted(names) if name.endswith(end)) for end in ('_a', '_b')]
    cfg.custom_hooks = [dict(type='AttentionMapHook', videos=looked_at, iterations=[2])]
    runner = RUNNERS.build(cfg)
    runner.train()
    held_out = runner.val_dataloader.dataset
    assert isinstance(held_out, JoinedFeatureDataset) and len(held_out) == 11
    trained = {entry['video'] for entry in runner.train_dataloader.dataset.annotations}
    assert not trained & {entry['video'] for entry in held_out.annotations}
    assert len(list(tmp_path.rglob('attention_*_best*.png'))) == 2
    assert len(list(tmp_path.glob('best_video_AUC_epoch_*.pth'))) == 1
    metrics = runner.test()
    assert metrics['frame/AUC'] > 0.85


def test_two_videos_of_one_name_are_refused(roots, tmp_path):
    other = write_named(tmp_path / 'c', '_a', seed=3)
    message = r"video 'Normal/test_000_a' is in .*a/test\.json and in .*c/test\.json; names must"
    with pytest.raises(ValueError, match=message):
        JoinedFeatureDataset([part(roots[0], 'test'), part(other, 'test')], test_mode=True)


def test_parts_that_do_not_fit_together_are_named(roots, tmp_path):
    first = part(roots[0])
    other = write_named(tmp_path / 'c', '_c', seed=3)
    for path in (other / 'features').glob('*.npy'):
        write_json(record_path(path), dict(format=FORMAT, features=dict(network='i3d')))
    content = json.loads((other / 'train.json').read_text())
    content['metainfo']['tail'] = 'floor'
    (other / 'train.json').write_text(json.dumps(content))
    message = (
        r'a/train\.json and .*c/train\.json cannot be joined: num_segments: 8 and 4; '
        r"tail: 'ceil' and 'floor'; visual features, network: None and 'i3d'"
    )
    with pytest.raises(ValueError, match=message):
        JoinedFeatureDataset([first, part(other, num_segments=4)])
    narrow = tmp_path / 'narrow'
    write_named(narrow, '_n', seed=3)
    for path in (narrow / 'features').glob('*.npy'):
        np.save(path, np.load(path)[:, :1, :15])
    features = dict(TOY_STORE, num_crops=1, num_channels=15)
    with pytest.raises(ValueError, match=r'cannot be joined: width: 16 and 15; crops: 2 and 1$'):
        JoinedFeatureDataset([first, part(narrow, features=features)])


def test_wrong_arguments_are_refused(roots):
    with pytest.raises(ValueError, match='needs one or more datasets, got none'):
        JoinedFeatureDataset([])
    with pytest.raises(ValueError, match='joins VideoFeatureDataset only, got VideoDataset'):
        JoinedFeatureDataset([dict(part(roots[0]), type='VideoDataset')])
    with pytest.raises(ValueError, match='subset belong to JoinedFeatureDataset'):
        JoinedFeatureDataset([dict(part(roots[0]), subset='train')])


def test_files_of_every_part_are_checked(roots, tmp_path):
    found = configured_datasets(joined_config(roots, tmp_path))
    assert list(found) == ['train 1', 'train 2', 'test 1', 'test 2']


def test_joined_metainfo_names_all_sources(roots):
    metainfo = JoinedFeatureDataset([part(root) for root in roots]).metainfo
    assert metainfo['dataset'] == 'toy + toy' and metainfo['tail'] == 'ceil'


def test_parts_that_differ_by_rounding_are_joined_and_told(tmp_path):
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = MMLogger.get_instance('joined', logger_name='joined', log_level='INFO')
    logger.addHandler(handler)
    parts = []
    for name, dtype in (('one', 'float32'), ('two', 'bfloat16')):
        root = tmp_path / name
        write_named(root, name, seed=0)
        for path in root.rglob('*.npy'):
            record = dict(format=FORMAT, features=dict(network='i3d', dtype=dtype))
            write_json(record_path(path), record)
        parts.append(part(root))
    JoinedFeatureDataset(parts)
    assert any("by rounding, dtype: 'float32' and 'bfloat16'" in line for line in lines)


def test_unpooled_bags_of_all_parts_are_padded_to_the_longest(roots):
    options = dict(pooled=False, num_segments=11)
    joined = JoinedFeatureDataset([part(root, **options) for root in roots])
    for indices in ([0, 60], [70, 5, 33]):
        batch = joined.__getitems__(indices)
        longest = max(sample.bag_length for sample in batch['data_samples'])
        assert batch['inputs'].shape == (len(indices), longest, 16)
        for place, index in enumerate(indices):
            alone = joined[index]['inputs']
            assert batch['inputs'][place, : len(alone)].equal(alone)
            assert not batch['inputs'][place, len(alone) :].any()


@pytest.mark.parametrize('option', ['pooled', 'crops_together'])
def test_parts_with_bags_of_another_kind_are_refused(roots, option):
    parts = [part(roots[0], **{option: False}), part(roots[1], **{option: True})]
    with pytest.raises(ValueError, match=f'cannot be joined: {option}: False and True'):
        JoinedFeatureDataset(parts)
