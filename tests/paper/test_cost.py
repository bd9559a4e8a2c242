import pytest
import torch
from torch import nn

from mmvad.paper.cost import count_flops, count_parameters, measure_costs, write_costs
from mmvad.paper.published import PublishedRow

ROWS = (
    PublishedRow('Salient', 'I3D RGB', 328_004, 'salient_ucf'),
    PublishedRow('BL + SA', 'I3D RGB', 1, 'salient_bilstm_ucf'),
)


class Linear(nn.Linear):
    def segment_scores(self, features):
        return self(features).sum((1, 2))


def test_a_linear_layer_costs_two_operations_a_weight_and_segment():
    assert count_flops(Linear(5, 3, bias=False), torch.zeros(1, 32, 5)) == 2 * 5 * 3 * 32


def test_costs_are_counted_from_the_built_models(tmp_path):
    ticks = iter(range(10**6))
    salient, bilstm = measure_costs(ROWS, clock=lambda: next(ticks) / 1e3)
    assert salient.parameters == 328_004
    assert salient.milliseconds == pytest.approx(1)
    # one product of 32 segments with d_a + r columns, padded to 80, and one with the hops' layer
    at_least = 2 * 32 * 2048 * (64 + 3)
    assert at_least < salient.flops < 1.3 * at_least
    # an LSTM costs what its matrices say: 4 gates, input and hidden state, both directions
    layers = 2 * 4 * 256 * ((2048 + 256) + (512 + 256))
    assert bilstm.flops > 2 * 32 * layers
    files = write_costs([salient, bilstm], tmp_path)
    assert [file.name for file in files] == ['table6.csv', 'table6.md', 'table6.png']
    assert '| Salient | I3D RGB | 328,004 | 328,004 |' in files[1].read_text()


def test_frozen_parameters_do_not_count():
    layer = nn.Linear(3, 2)
    layer.bias.requires_grad = False
    assert count_parameters(layer) == 6
