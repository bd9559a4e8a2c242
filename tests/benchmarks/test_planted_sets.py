from functools import partial

import numpy as np
import pytest
from planted.sets import ALL_SETS, BAG, HEIGHT, SETS, directions, make_planted_set, make_video

from mmvad.datasets.annotations import load_annotations

BY_NAME = {planted.name: planted for planted in ALL_SETS}
HALF = HEIGHT / np.sqrt(2)  # along each half of the anomaly's direction


def make_videos(name, label, split='train', number=60):
    random = np.random.default_rng(3)
    make = partial(make_video, BY_NAME[name], split, label, random, seed=0)
    return [(features[:, 0], slice(*event)) for features, event in (make() for _ in range(number))]


def inside_and_outside(features, event, direction):
    along = features @ direction
    return along[event].mean(), np.delete(along, np.arange(len(along))[event]).mean()


def test_there_are_a_control_and_the_six_difficulties():
    assert [planted.name for planted in SETS] == [
        'plain',
        'scene',
        'hard_normal',
        'without_event',
        'event_lengths',
        'small_magnitude',
        'shuffled',
    ]


@pytest.mark.parametrize('name', ['plain', 'hard_normal', 'event_lengths'])
def test_the_anomaly_has_both_halves_where_its_event_is(name):
    videos = [video for video in make_videos(name, 1) if video[1].stop - video[1].start > 9]
    for half in directions(0)[:2]:
        found = np.array([inside_and_outside(*video, half) for video in videos])  # (V, 2)
        assert abs(found[:, 0].mean() - HALF) < 0.35
        assert found[:, 1].mean() < HALF / 3


def test_hard_normal_videos_share_one_half_of_the_direction_only():
    first, second, other, _ = directions(0)
    raised = [
        features[features @ other > HALF]
        for features, event in make_videos('hard_normal', 0)
        if event == slice(0, 0) and (features @ other > HALF).mean() > 0.05
    ]
    assert 20 <= len(raised) <= 40  # of 60
    assert abs((np.concatenate(raised) @ first).mean() - HALF) < 0.3
    assert abs((np.concatenate(raised) @ second).mean()) < 0.3


def test_a_scene_is_an_offset_of_the_whole_video():
    spread = [np.std([f.mean(0) for f, _ in make_videos(n, 0)]) for n in ('plain', 'scene')]
    assert spread[0] < 0.2 and abs(spread[1] - BY_NAME['scene'].scene) < 0.1


def test_videos_without_an_event_are_labelled_anomalous_in_training_only():
    empty = [event == slice(0, 0) for _, event in make_videos('without_event', 1)]
    assert 0.15 < np.mean(empty) < 0.45
    shown = make_videos('without_event', 1, split='test')
    assert all(event.stop > event.start for _, event in shown)


def test_events_have_2_to_200_segments():
    lengths = [event.stop - event.start for _, event in make_videos('event_lengths', 1, number=200)]
    assert min(lengths) in (2, 3) and 100 < max(lengths) <= 200


def test_anomalies_of_small_magnitude_are_shorter_than_normal_features():
    for features, event in make_videos('small_magnitude', 1):
        norms = np.linalg.norm(features, axis=1)
        assert norms[event].mean() < np.delete(norms, np.arange(len(norms))[event]).mean()


def test_shuffled_videos_are_the_plain_ones_in_another_order(tmp_path):
    plain, shuffled = (tmp_path / name for name in ('plain', 'shuffled'))
    for root in (plain, shuffled):
        make_planted_set(BY_NAME[root.name], root)
    for split in ('train', 'test'):
        path = f'annotations/{split}.json'
        (_, one), (_, other) = load_annotations(plain / path), load_annotations(shuffled / path)
        for before, after in zip(one[::9], other[::9], strict=True):
            features, found = (
                np.load(root / 'features' / f'{before["video"]}.npy') for root in (plain, shuffled)
            )
            assert before['video'] == after['video']
            if split == 'train':
                np.testing.assert_array_equal(found, features)
                assert not after['events']
            else:
                assert not np.array_equal(found, features)
                np.testing.assert_array_equal(rows_in(after, found), rows_in(before, features))


def rows_in(entry, features):
    """The segments of a video's events, in an order of their own."""
    inside = [features[start // 16 : end // 16, 0] for start, end in entry['events']]
    rows = np.concatenate([np.zeros((0, features.shape[2])), *inside])
    return rows[np.argsort(rows[:, 0])]


def turns_of(features):
    """The direction that each raised segment goes along, 0, 1 or 2."""
    along = features @ directions(0)[:3].T  # (S, 3)
    return along.argmax(1)[along.max(1) > BY_NAME['ordered'].height / 2]


def test_ordered_videos_differ_in_the_turn_of_their_segments_only():
    kinds = {
        label: [turns_of(video) for video, _ in make_videos('ordered', label)] for label in (0, 1)
    }
    for label, step in ((1, 1), (0, 2)):  # modulo 3
        steps = np.concatenate([np.diff(turns) % 3 for turns in kinds[label]])
        assert (steps == step).mean() > 0.95
    counts = [[np.bincount(turns, minlength=3) for turns in kinds[label]] for label in (0, 1)]
    assert np.abs(np.mean(counts[0], 0) - np.mean(counts[1], 0)).max() < 0.7  # of about 3


def test_only_anomalous_ordered_videos_have_an_event():
    for label in (0, 1):
        assert all(
            (event.stop > event.start) == label for _, event in make_videos('ordered', label)
        )


def test_events_of_aligned_videos_are_whole_bags():
    starts = [event.start for _, event in make_videos('aligned', 1)]
    assert {event.stop - event.start for _, event in make_videos('aligned', 1)} == {BAG}
    assert {start % BAG for start in starts} == {0} and len(set(starts)) == 64 // BAG
