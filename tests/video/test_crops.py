import mmcv
import numpy as np
import pytest
from mmaction.datasets.transforms import CenterCrop, Resize, TenCrop

from mmvad.video.crops import (
    CROP_COUNTS,
    CROP_NAMES,
    MMACTION_TEN_CROP,
    crop_corners,
    crop_views,
    resize_frame,
    resized_size,
)


def coordinates(width, height, frames=2):
    """Every pixel says where it lies: x, y and the frame's number."""
    segment = np.empty((frames, height, width, 3), np.uint8)
    segment[..., 0] = np.arange(width) % 256
    segment[..., 1] = np.arange(height)[:, None]
    segment[..., 2] = np.arange(frames)[:, None, None]
    return segment


@pytest.mark.parametrize('crops', ['five', 'ten'])
def test_each_crop_lies_where_its_name_says(crops):
    width, height, size = 200, 100, 61
    views = crop_views(coordinates(width, height), size, crops)
    left = {'upper_left': 0, 'lower_left': 0, 'upper_right': 139, 'lower_right': 139, 'centre': 69}
    top = {'upper_left': 0, 'upper_right': 0, 'lower_left': 39, 'lower_right': 39, 'centre': 19}
    names = CROP_NAMES[: CROP_COUNTS[crops]]
    assert views.shape == (len(names), 2, size, size, 3)
    for name, view in zip(names, views, strict=True):
        place = name.removesuffix('_mirrored')
        columns = left[place] + np.arange(size)
        if name.endswith('_mirrored'):
            columns = columns[::-1]
        for number, frame in enumerate(view):
            assert (frame[..., 0] == columns).all(), name
            assert (frame[..., 1] == (top[place] + np.arange(size))[:, None]).all(), name
            assert (frame[..., 2] == number).all(), name


def test_the_second_five_mirror_the_first():
    views = crop_views(
        np.random.default_rng(0).integers(0, 256, (3, 40, 50, 3), np.uint8), 32, 'ten'
    )
    assert np.array_equal(views[5:], views[:5, :, :, ::-1])


def test_the_centre_crop_is_a_view():
    segment = coordinates(50, 40)
    views = crop_views(segment, 32)
    assert np.shares_memory(views, segment)
    assert np.array_equal(views[0], crop_views(segment, 32, 'five')[0])


def test_centre_crop_equals_mmactions():
    for width, height in [(340, 256), (341, 257), (342, 256)]:
        segment = coordinates(width, height)
        expected = CenterCrop(224)({'imgs': list(segment), 'img_shape': (height, width)})['imgs']
        assert np.array_equal(crop_views(segment)[0], np.stack(expected))


def mmactions_ten_crops(segment, size):
    height, width = segment.shape[1:3]
    results = TenCrop(size)({'imgs': list(segment), 'img_shape': (height, width)})
    return np.stack(results['imgs']).reshape(10, len(segment), size, size, 3)  # crop-major


def test_ten_crops_equal_mmactions_in_its_order_where_the_margins_divide_by_4():
    segment = np.random.default_rng(0).integers(0, 256, (2, 256, 340, 3), np.uint8)
    expected = mmactions_ten_crops(segment, 224)
    assert np.array_equal(crop_views(segment, crops='ten')[MMACTION_TEN_CROP], expected)


def test_ten_crops_of_mmaction_stop_short_of_the_edge_where_the_margins_do_not_divide_by_4():
    segment = coordinates(width=227, height=224)  # a margin of 3 columns
    own, other = (
        crop_views(segment, crops='ten')[MMACTION_TEN_CROP],
        mmactions_ten_crops(segment, 224),
    )
    left_edges = [views[2, 0, 0, 0, 0] for views in (own, other)]
    assert left_edges == [3, 0]  # the upper right view


@pytest.mark.parametrize('size', [(320, 240), (1920, 1080), (97, 65), (640, 360), (240, 320)])
def test_short_side_equals_mmactions_resize(size):
    width, height = size
    frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    results = Resize((-1, 256))({'imgs': [frame], 'img_shape': (height, width)})
    resized = resize_frame(frame, 256)
    assert min(resized.shape[:2]) == 256
    assert np.array_equal(resized, results['imgs'][0])


def test_fixed_size_equals_mmactions_resize():
    frame = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    results = Resize((340, 256), keep_ratio=False)({'imgs': [frame], 'img_shape': (240, 320)})
    assert np.array_equal(resize_frame(frame, (340, 256)), results['imgs'][0])


def test_rounding_is_that_of_mmcv():
    for width in range(200, 2000, 7):
        for height in (144, 240, 333, 480, 719, 1080):
            size = mmcv.rescale_size((width, height), (np.inf, 256))
            assert resized_size(width, height, 256) == size


def test_nothing_is_copied_where_nothing_changes():
    frame = coordinates(340, 256)[0]
    assert resize_frame(frame, 256) is frame
    assert resize_frame(frame, None) is frame


def test_wrong_sizes_are_named():
    with pytest.raises(ValueError, match='crop of 224x224 does not fit into frames of 340x200'):
        crop_views(coordinates(340, 200))
    with pytest.raises(ValueError, match='crop of 0x0 does not fit'):
        crop_corners(340, 256, 0)
    with pytest.raises(ValueError, match=r"crops must be one of \('centre', 'five', 'ten'\), got"):
        crop_views(coordinates(340, 256), crops='three')
    for wrong in (0, (340, 0), (1, 2, 3)):
        with pytest.raises(ValueError, match=r'resize must be a short side or \(width, height\)'):
            resized_size(320, 240, wrong)
