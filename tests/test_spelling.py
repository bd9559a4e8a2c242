from mmvad.spelling import counted, did_you_mean


def test_the_nearest_name_is_asked_for_and_a_distant_one_is_not():
    assert did_you_mean('num_hop', ['hops', 'num_hops']) == "; did you mean 'num_hops'?"
    assert did_you_mean('num_hop', ['bag_size']) == ''
    assert did_you_mean('num_hop', ['bag_size'], close=0) == "; did you mean 'bag_size'?"


def test_one_thing_takes_no_s():
    assert [counted(number, 'crop') for number in (0, 1, 2)] == ['0 crops', '1 crop', '2 crops']
