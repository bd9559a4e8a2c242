import numpy as np
import pytest

from mmvad.datasets.npy import check_finite


@pytest.mark.parametrize('bad', [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize('fill', [1.0, 3e38])
def test_first_bad_segment_is_named(bad, fill):
    array = np.full((5, 2, 3), fill, np.float32)
    array[3:, 1, 2] = bad
    with pytest.raises(
        ValueError, match=r'a\.npy: features hold NaN or Inf, the first in segment 3'
    ):
        check_finite(array, 'a.npy')


@pytest.mark.parametrize(
    ('dtype', 'value'), [('float16', 6e4), ('float32', 3e38), ('float64', 1.7e308)]
)
def test_large_values_are_finite_also_where_their_sum_overflows(dtype, value):
    check_finite(np.full((100, 10, 8), value, dtype), 'a.npy')


def test_infinities_of_both_signs_are_refused():
    with pytest.raises(ValueError, match='the first in segment 0'):
        check_finite(np.array([[np.inf], [-np.inf]]), 'a.npy')
