from mmvad.spelling import did_you_mean


def test_the_nearest_name_is_asked_for_and_a_distant_one_is_not():
    assert did_you_mean('num_hop', ['hops', 'num_hops']) == "; did you mean 'num_hops'?"
    assert did_you_mean('num_hop', ['bag_size']) == ''
    assert did_you_mean('num_hop', ['bag_size'], close=0) == "; did you mean 'bag_size'?"
