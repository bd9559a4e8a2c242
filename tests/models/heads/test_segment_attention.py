import pytest
import torch
from torch import nn

from mmvad.models.heads.segment_attention import SegmentAttention


@pytest.fixture
def attention():
    torch.manual_seed(0)
    return SegmentAttention(8, attention_channels=5, num_hops=3, dropout=0.5).eval()


@pytest.fixture
def features():
    return torch.randn(4, 7, 8, generator=torch.Generator().manual_seed(1))


def test_attention_sums_to_one_over_segments(attention, features):
    weights = attention(features)
    assert weights.shape == (4, 3, 7)
    torch.testing.assert_close(weights.sum(-1), torch.ones(4, 3))


def test_attention_is_the_paper_s_formula(attention, features):
    hidden = (features @ attention.hidden.weight.T + attention.hidden.bias).tanh()
    logits = hidden @ attention.hops.weight.T + attention.hops.bias
    expected = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    torch.testing.assert_close(attention(features), expected.transpose(1, 2))


def test_one_segment_gets_the_whole_weight(attention, features):
    assert attention(features[:, :1]).eq(1).all()


def test_dropout_zeroes_weights_and_scales_the_others_without_normalising(features):
    torch.manual_seed(0)
    attention = SegmentAttention(8, attention_channels=5, num_hops=3, dropout=0.5)
    expected = attention.eval()(features)
    dropped = attention.train()(features)
    kept = dropped != 0
    assert 0.2 < kept.float().mean() < 0.8
    torch.testing.assert_close(dropped[kept], 2 * expected[kept])
    assert not dropped.sum(-1).allclose(torch.ones(4, 3))


def test_no_dropout_in_eval(attention, features):
    assert attention(features).equal(attention(features))
    assert (attention(features) > 0).all()


def test_mask_gives_absent_segments_no_weight_and_the_others_all(attention, features):
    mask = torch.arange(7) < torch.tensor([[7], [3], [1], [5]])
    weights = attention(features, mask)
    assert weights.transpose(1, 2)[~mask].eq(0).all()
    torch.testing.assert_close(weights.sum(-1), torch.ones(4, 3))


@pytest.mark.parametrize(
    'mask', [torch.ones(4, 6, dtype=torch.bool), torch.ones(4, 7), torch.ones(7, dtype=torch.bool)]
)
def test_mask_that_does_not_fit_is_refused(attention, features, mask):
    with pytest.raises(ValueError, match=r'expected a bool mask of shape \(4, 7\), got torch'):
        attention(features, mask)


def test_bag_without_a_segment_is_refused(attention, features):
    mask = torch.ones(4, 7, dtype=torch.bool)
    mask[2] = False
    with pytest.raises(ValueError, match='mask leaves a bag without a segment'):
        attention(features, mask)


def test_dropout_is_the_only_random_layer(attention):
    dropouts = [module for module in attention.modules() if isinstance(module, nn.Dropout)]
    assert [module.p for module in dropouts] == [0.5]
