import json

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler
from torch.utils.data import DataLoader
from toy_data import TOY_STORE, write_toy_dataset

from mmvad.datasets import BalancedSampler, VideoFeatureDataset, feature_collate
from mmvad.datasets.annotations import load_annotations, make_entry, make_metainfo, save_annotations
from mmvad.datasets.feature_record import read_record
from mmvad.datasets.feature_store import FeatureStore
from mmvad.datasets.pooling import pick_segments, pool_segments
from mmvad.evaluation.functional.frames import video_frames
from mmvad.files import write_json
from mmvad.scores.samples import video_from_sample

K, T, D = 2, 8, 16


@pytest.fixture
def root(tmp_path):
    return write_toy_dataset(tmp_path / 'toy', num_train=6, num_test=3)


def dataset(root, ann_file='train.json', num_segments=T, features=TOY_STORE, **options):
    return VideoFeatureDataset(
        ann_file, features, data_root=str(root), num_segments=num_segments, **options
    )


def store(root):
    return FeatureStore(**{**TOY_STORE, 'root': root / 'features'})


def test_training_sample_is_one_pooled_crop_of_one_video(root):
    data = dataset(root)
    _, entries = load_annotations(root / 'train.json')
    assert len(data) == len(entries) * K
    for index in range(len(data)):
        entry = entries[index // K]
        expected = pool_segments(store(root).load(entry['video']), T)[index % K]
        sample = data[index]
        assert sample['inputs'].dtype == torch.float32
        np.testing.assert_array_equal(sample['inputs'], expected)
        assert sample['data_samples'].video == entry['video']
        assert sample['data_samples'].gt_label.tolist() == [entry['label']]


def test_test_sample_is_one_whole_video_with_its_annotation(root):
    data = dataset(root, 'test.json', test_mode=True)
    metainfo, entries = load_annotations(root / 'test.json')
    assert len(data) == len(entries)
    for index, entry in enumerate(entries):
        features = store(root).load(entry['video'])
        sample = data[index]
        np.testing.assert_array_equal(sample['inputs'], features)
        found = sample['data_samples']
        for key in ('video', 'num_frames', 'category', 'events'):
            assert getattr(found, key) == entry[key]
        assert found.num_segments == len(features)
        assert (found.tail, found.segments_tolerance) == (metainfo['tail'], 0)
        assert found.gt_label.tolist() == [entry['label']]


@pytest.mark.parametrize('shuffle_segments', [None, 3])
def test_batch_is_what_its_single_samples_are(root, shuffle_segments):
    data = dataset(root, shuffle_segments=shuffle_segments)
    indices = [5, 0, 17, 5]
    batch = data.__getitems__(indices)
    assert batch['inputs'].shape == (4, T, D)
    for index, bag, sample in zip(indices, batch['inputs'], batch['data_samples'], strict=True):
        assert bag.equal(data[index]['inputs'])
        assert sample.video == data[index]['data_samples'].video


def test_batch_of_whole_videos_is_a_list(root):
    data = dataset(root, 'test.json', test_mode=True)
    batch = data.__getitems__([0, 3])
    for index, video in zip([0, 3], batch['inputs'], strict=True):
        assert video.equal(data[index]['inputs'])


def test_labels_count_crops_in_training_and_videos_in_test(root):
    assert dataset(root).labels.tolist() == [0] * 6 * K + [1] * 6 * K
    assert dataset(root, 'test.json', test_mode=True).labels.tolist() == [0] * 3 + [1] * 3


def test_segment_order_is_a_fixed_permutation_of_each_bag(root):
    plain, shuffled, again, other = (
        dataset(root, shuffle_segments=seed) for seed in (None, 3, 3, 4)
    )
    everything = range(len(plain))
    bags, orders = (data.__getitems__(everything)['inputs'] for data in (plain, shuffled))
    assert not orders.equal(bags)
    assert orders.sort(dim=1).values.equal(bags.sort(dim=1).values)
    permutations = set()
    for bag, order in zip(bags, orders, strict=True):
        rows = [int(torch.all(bag == segment, dim=1).nonzero()[0]) for segment in order]
        assert bag[rows].equal(order)
        permutations.add(tuple(rows))
    assert len(permutations) > 1
    assert again.__getitems__(everything)['inputs'].equal(orders)
    assert not other.__getitems__(everything)['inputs'].equal(orders)


def test_shuffled_bag_of_a_video_is_the_same_in_every_subset(root):
    options = dict(held_out=dict(fraction=0.3, seed=1), shuffle_segments=3)
    everything = dataset(root, shuffle_segments=3)
    part = dataset(root, subset='train', **options)
    names = [entry['video'] for entry in everything.annotations]
    for index in range(len(part)):
        row = names.index(part.annotations[index // K]['video']) * K + index % K
        assert part[index]['inputs'].equal(everything[row]['inputs'])


def test_subsets_are_disjoint_and_cover_all_videos(root):
    held_out = dict(fraction=0.3, seed=1)
    parts = [dataset(root, subset=subset, held_out=held_out) for subset in ('train', 'held_out')]
    names = [[entry['video'] for entry in part.annotations] for part in parts]
    everything = [entry['video'] for entry in dataset(root).annotations]
    assert sorted(names[0] + names[1]) == sorted(everything)
    assert set(names[0]) & set(names[1]) == set()
    for part in parts:
        assert set(part.labels) == {0, 1}
    again = dataset(root, subset='held_out', held_out=held_out, test_mode=True)
    assert [entry['video'] for entry in again.annotations] == names[1]


def test_subsets_share_one_pack(root):
    for subset in ('all', 'train', 'held_out'):
        dataset(root, subset=subset, held_out=dict(fraction=0.3, seed=1))
    assert len(list((root / 'packs').glob('*.npy'))) == 1


def test_test_mode_makes_no_pack(root):
    dataset(root, 'test.json', test_mode=True)
    assert not (root / 'packs').exists()


def test_half_precision_pack_gives_single_precision_bags(root, tmp_path):
    half = dataset(root, pack=dict(folder=str(tmp_path / 'elsewhere'), dtype='float16'))
    assert half[0]['inputs'].dtype == torch.float32
    torch.testing.assert_close(half[0]['inputs'], dataset(root)[0]['inputs'], atol=0.01, rtol=0)
    assert len(list((tmp_path / 'elsewhere').glob('*float16*.npy'))) == 1


@pytest.mark.parametrize('num_workers', [0, 1])
def test_data_loader_of_pytorch_gets_whole_batches(root, num_workers):
    data = dataset(root)
    batches = BalancedSampler(DefaultSampler(data, seed=0), batch_size=4)
    loader = DataLoader(
        data,
        batch_sampler=batches,
        collate_fn=feature_collate,
        num_workers=num_workers,
        multiprocessing_context='fork' if num_workers else None,
    )
    loaded = list(loader)
    assert len(loaded) == len(batches)
    for indices, batch in zip(batches, loaded, strict=True):
        assert batch['inputs'].equal(data.__getitems__(indices)['inputs'])
        assert [sample.gt_label.item() for sample in batch['data_samples']] == [0, 0, 1, 1]


def rewrite(root, change, split='test'):
    path = root / f'{split}.json'
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize('num_segments', [1, 2])
def test_video_of_one_segment_trains_and_tests(root, num_segments):
    video = dataset(root).annotations[0]['video']
    path = store(root).paths(video)[0]
    np.save(path, np.load(path)[:num_segments])
    data = dataset(root)
    bag = data[0]['inputs']
    assert bag.shape == (T, D)
    assert len(bag.unique(dim=0)) == num_segments
    whole = dataset(root, test_mode=True)[0]
    assert whole['inputs'].shape == (num_segments, K, D)
    assert whole['data_samples'].num_segments == num_segments


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize('test_mode', [False, True])
def test_nan_and_infinity_are_refused_by_name(root, value, test_mode):
    path = store(root).paths(dataset(root).annotations[2]['video'])[0]
    features = np.load(path)
    features[1, 1, 3] = value
    np.save(path, features)
    with pytest.raises(ValueError, match=rf'{path.name}: features hold NaN or Inf'):
        dataset(root, test_mode=test_mode)[2]


def test_missing_data_set_says_where_it_looked_and_what_to_read(tmp_path):
    message = r'no annotation file at .*train\.json \(looked for .*\); .*README\.md says how'
    with pytest.raises(FileNotFoundError, match=message):
        VideoFeatureDataset('annotations/train.json', TOY_STORE, data_root=tmp_path / 'ucf_crime')


@pytest.mark.parametrize('subset', ['all', 'train', 'held_out'])
def test_missing_feature_is_named_with_what_to_read(root, subset):
    rewrite(root, lambda content: content['metainfo'].update(dataset='ucf_crime'), 'train')
    options = dict(subset=subset, held_out=dict(fraction=0.3, seed=1))
    path = store(root).paths(dataset(root, **options).annotations[0]['video'])[0]
    path.unlink()
    message = (
        rf'1 feature files of .*train\.json are missing, the first:\n  {path}\n'
        r'tools/data/ucf_crime/README\.md says where to get them; tools/check_data\.py CONFIG'
    )
    for options['subset'] in ('all', 'train', 'held_out'):  # they share the pack, so the files too
        with pytest.raises(FileNotFoundError, match=message):
            dataset(root, **options)


def test_held_out_features_need_not_be_there_to_test_on_others(root):
    options = dict(held_out=dict(fraction=0.3, seed=1), test_mode=True)
    store(root).paths(dataset(root, subset='train', **options).annotations[0]['video'])[0].unlink()
    assert len(dataset(root, subset='held_out', **options)) > 0


def test_wrong_width_and_crop_count_are_refused_by_name(root):
    for change, message in (
        (dict(num_channels=17), r'\.npy: expected width 17, got 16'),
        (dict(num_crops=10), r'\.npy: expected 10 crops, got 2'),
    ):
        with pytest.raises(ValueError, match=message):
            dataset(root, features={**TOY_STORE, **change})
        with pytest.raises(ValueError, match=message):
            dataset(root, features={**TOY_STORE, **change}, test_mode=True)[0]


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda c: c['data_list'].append(c['data_list'][0]), r'already listed as entry 0'),
        (lambda c: c['data_list'][0].update(label=2), r'label must be .*2'),
        (lambda c: c['data_list'][-1].update(events=[[0, 10**6]]), r'event'),
        (lambda c: c['data_list'][0].pop('label'), r"missing \['label'\]"),
    ],
)
def test_bad_annotations_are_refused_by_name(root, change, message):
    rewrite(root, change)
    with pytest.raises(ValueError, match=rf'test\.json: entry \d+.*{message}'):
        dataset(root, 'test.json', test_mode=True)


def test_malformed_json_is_refused_by_name(root):
    (root / 'test.json').write_text('{"metainfo": ')
    with pytest.raises(ValueError, match=r'test\.json: not a JSON file: .* line 1'):
        dataset(root, 'test.json', test_mode=True)


def test_unknown_subset_is_refused(root):
    with pytest.raises(ValueError, match=r"subset must be one of \('all', .*\), got 'val'"):
        dataset(root, subset='val')


def test_subset_without_its_rule_is_refused(root):
    with pytest.raises(ValueError, match=r"subset='train' needs held_out=dict\(fraction=…, seed=…"):
        dataset(root, subset='train')


def write_trimmed(root, event_end):
    """A video of four segments with audio of three."""
    audio = dict(pattern='{video}__vggish.npy', num_channels=2)
    features = dict(root='.', pattern='{video}.npy', num_crops=1, num_channels=4, audio=audio)
    np.save(root / 'a.npy', np.ones((4, 1, 4), np.float32))
    np.save(root / 'a__vggish.npy', np.ones((3, 2), np.float32))
    entries = [make_entry('a', 'Fire', None, [(20, event_end)])]
    save_annotations(root / 'test.json', make_metainfo('toy', 'test', 'drop_last'), entries)
    return dict(ann_file='test.json', features=features, data_root=str(root), test_mode=True)


def test_event_at_the_end_of_a_video_trimmed_to_its_audio_is_evaluated(tmp_path):
    dataset = VideoFeatureDataset(**write_trimmed(tmp_path, event_end=16 * 4 + 15))
    batch = dataset.__getitems__([0])
    sample = batch['data_samples'][0]
    assert batch['inputs'][0].shape == (3, 1, 6) and sample.segments_tolerance == 1
    sample.pred_segment_scores = torch.tensor([0.1, 0.2, 0.3])
    labels, _ = video_frames(video_from_sample(sample.to_dict()), 'segments')
    assert labels.sum() == 48 - 20


def test_event_behind_the_features_is_refused_when_the_data_set_is_built(tmp_path):
    message = (
        r'a\.npy: event \[20, 81\) lies beyond the 3 segments .*check_data\.py CONFIG lists all'
    )
    with pytest.raises(ValueError, match=message):
        VideoFeatureDataset(**write_trimmed(tmp_path, event_end=16 * 5 + 1))


@pytest.mark.parametrize('test_mode', [False, True])
def test_large_finite_features_are_accepted_in_training_and_test(root, test_mode):
    path = store(root).paths(load_annotations(root / 'train.json')[1][0]['video'])[0]
    np.save(path, np.full_like(np.load(path), 3e38))
    sample = dataset(root, test_mode=test_mode)[0]
    assert (sample['inputs'] == np.float32(3e38)).all()


@pytest.fixture
def resampled(tmp_path):
    """Ten seconds at 30 frames a second, an event from 5 to 7 s, features extracted at 25."""
    entry = make_entry('a', 'Riot', 300, [(150, 210)])
    metainfo = make_metainfo('mine', 'test', 'ceil')
    save_annotations(tmp_path / 'test.json', metainfo, [entry])
    (tmp_path / 'features').mkdir()
    np.save(tmp_path / 'features' / 'a.npy', np.ones((16, K, D), np.float32))
    video = dict(num_frames=250, fps=25.0, source_fps=30.0)
    record = dict(format=1, features=dict(fps=25.0), video=video)
    write_json(tmp_path / 'features' / 'a.record.json', record)
    return tmp_path


def test_events_of_resampled_features_are_labelled_when_they_happen(resampled):
    sample = dataset(resampled, 'test.json', test_mode=True)[0]['data_samples']
    assert (sample.num_frames, sample.events) == (250, [(125, 175)])
    sample.pred_segment_scores = torch.full((16,), 0.5)
    video = video_from_sample(sample.to_dict())
    labels, _ = video_frames(video, 'segments')
    assert np.flatnonzero(labels)[[0, -1]].tolist() == [5 * 25, 7 * 25 - 1]
    assert [video.clock.seconds(frame) for frame in (125, 175)] == [5.0, 7.0]


def test_the_true_times_of_a_variable_rate_reach_the_scored_video(resampled):
    path = resampled / 'features' / 'a.record.json'
    record = read_record(path)
    times = [second / 2 for second in range(19)] + [20.0]
    record['video'] = dict(num_frames=300, fps=30.0, source_fps=30.0, segment_times=times)
    write_json(path, record)
    np.save(resampled / 'features' / 'a.npy', np.ones((19, K, D), np.float32))
    sample = dataset(resampled, 'test.json', test_mode=True)[0]['data_samples']
    sample.pred_segment_scores = torch.full((19,), 0.5)
    video = video_from_sample(sample.to_dict())
    assert video.clock.edges.tolist() == times
    assert video.clock.num_frames == 300


def test_features_of_source_frames_keep_their_annotation(resampled):
    path = resampled / 'features' / 'a.record.json'
    record = read_record(path)
    record['video'] = dict(num_frames=300, fps=30.0, source_fps=30.0)
    write_json(path, record)
    np.save(resampled / 'features' / 'a.npy', np.ones((19, K, D), np.float32))
    sample = dataset(resampled, 'test.json', test_mode=True)[0]['data_samples']
    assert (sample.num_frames, sample.events) == (300, [[150, 210]])


def test_an_annotation_that_counts_other_frames_than_the_source_is_named(resampled):
    metainfo, entries = load_annotations(resampled / 'test.json')
    save_annotations(resampled / 'test.json', metainfo, [dict(entries[0], num_frames=250)])
    with pytest.raises(ValueError, match=r"video 'a': num_frames counts .* has 300 .* got 250"):
        dataset(resampled, 'test.json', test_mode=True)[0]


@pytest.mark.parametrize('test_mode', [False, True])
def test_two_videos_that_share_a_feature_file_are_refused(root, test_mode):
    path = root / 'features' / 'x.npy'
    np.save(path, np.zeros((3, TOY_STORE['num_crops'], TOY_STORE['num_channels']), np.float32))
    entries = [make_entry(f'{folder}/x', 'Normal', 48) for folder in ('a', 'b')]
    save_annotations(root / 'shared.json', make_metainfo('toy', 'test', 'ceil'), entries)
    message = r"shared\.json: .*/x\.npy is the file of both 'a/x' and 'b/x'; patterns need"
    with pytest.raises(ValueError, match=message):
        dataset(root, 'shared.json', test_mode=test_mode)


def test_crops_that_come_together_are_the_bags_that_come_apart(root):
    together, apart = dataset(root, crops_together=True), dataset(root)
    assert len(together) == len(together.annotations) == len(apart) // K
    assert together.labels.tolist() == [0] * 6 + [1] * 6
    batch = together.__getitems__([7, 2])
    assert batch['inputs'].shape == (2, K, T, D)
    for video, bags, sample in zip([7, 2], batch['inputs'], batch['data_samples'], strict=True):
        assert sample.video == together.annotations[video]['video']
        for crop in range(K):
            assert bags[crop].equal(apart[video * K + crop]['inputs'])
    assert len(list((root / 'packs').glob('*.npy'))) == 1


@pytest.mark.parametrize('crops_together', [False, True])
def test_unpooled_bags_are_the_segments_padded_to_the_longest_of_the_batch(root, crops_together):
    data = dataset(root, pooled=False, num_segments=9, crops_together=crops_together)
    indices = list(range(len(data)))
    found = data.__getitems__(indices)
    lengths = []
    for index, bag, sample in zip(indices, found['inputs'], found['data_samples'], strict=True):
        own = pick_segments(store(root).load(sample.video), 9)  # (K, T', D)
        expected = own if crops_together else own[index % K]
        lengths.append(sample.bag_length)
        assert sample.bag_length == own.shape[1]
        np.testing.assert_array_equal(bag[..., : own.shape[1], :], expected)
        assert not bag[..., own.shape[1] :, :].any()
    assert found['inputs'].shape[-2] == max(lengths) == 9 and min(lengths) < 9
    shortest = int(np.argmin(lengths))
    assert data.__getitems__([shortest])['inputs'].shape[-2] == min(lengths)


def test_pooled_bags_have_no_length(root):
    assert 'bag_length' not in dataset(root)[0]['data_samples']


def test_crops_that_come_together_have_one_order(root):
    plain = dataset(root, crops_together=True).__getitems__([0, 8])['inputs']
    found = dataset(root, crops_together=True, shuffle_segments=3).__getitems__([0, 8])['inputs']
    for bags, ordered in zip(plain, found, strict=True):
        rows = [int((bags[0] == segment).all(dim=1).nonzero()[0]) for segment in ordered[0]]
        assert bags[:, rows].equal(ordered) and rows != list(range(T))


def test_padding_stays_at_the_end_of_a_reordered_bag(root):
    options = dict(pooled=False, num_segments=9)
    plain, ordered = dataset(root, **options), dataset(root, shuffle_segments=3, **options)
    changed = 0
    for index in range(len(plain)):
        bag, other = plain[index]['inputs'], ordered[index]['inputs']
        assert bag.shape == other.shape == (plain[index]['data_samples'].bag_length, D)
        assert other.sort(dim=0).values.equal(bag.sort(dim=0).values)
        changed += not other.equal(bag)
    assert changed > 10


def test_reordered_test_videos_say_their_order(root):
    plain, ordered = (
        dataset(root, 'test.json', test_mode=True, shuffle_segments=seed) for seed in (None, 3)
    )
    again = dataset(root, 'test.json', test_mode=True, shuffle_segments=3)
    for index in range(len(plain)):
        video, sample = plain[index]['inputs'], ordered[index]['data_samples']
        assert ordered[index]['inputs'].equal(video[sample.segment_order])
        assert again[index]['inputs'].equal(ordered[index]['inputs'])
        assert sorted(sample.segment_order) == list(range(len(video)))
    assert 'segment_order' not in plain[0]['data_samples']
