"""TensorFlow's padding worked out by hand."""

import pytest

from mmvad.models.backbones.same_padding import same_padding, split_padding


@pytest.mark.parametrize(
    ('size', 'kernel', 'stride', 'expected'),
    [
        (224, 7, 2, (2, 3)),  # 112 places: 111 · 2 + 7 - 224 = 5
        (16, 7, 2, (2, 3)),
        (225, 7, 2, (3, 3)),  # 113 places: 112 · 2 + 7 - 225 = 6
        (112, 3, 2, (0, 1)),
        (55, 3, 2, (1, 1)),
        (14, 2, 2, (0, 0)),
        (7, 2, 2, (0, 1)),
        (7, 3, 1, (1, 1)),
        (1, 1, 2, (0, 0)),
    ],
)
def test_same_padding_is_that_of_tensorflow(size, kernel, stride, expected):
    assert same_padding(size, kernel, stride) == expected


def test_even_padding_is_left_to_the_layer():
    assert split_padding((7, 7, 7), (3, 3, 3), (1, 1, 1)) == ((1, 1, 1), [])
    assert split_padding((8, 7, 6), (3, 3, 3), (2, 1, 2))[1] == [0, 1, 1, 1, 0, 1]


def test_padding_of_pictures_has_two_axes():
    assert split_padding((224, 225), (3, 3), (2, 2)) == ((0, 0), [1, 1, 0, 1])
    assert split_padding((65, 65), (5, 5), (2, 2)) == ((2, 2), [])
