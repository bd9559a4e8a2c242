import pytest
import torch

from mmvad.models.necks import BiLSTM


def test_output_holds_both_directions():
    torch.manual_seed(0)
    neck = BiLSTM(in_channels=6, hidden_channels=4)
    bag = torch.randn(1, 5, 6)
    changed = bag.clone()
    changed[0, 2] += 1
    difference = (neck(bag) - neck(changed)).abs()[0]  # (5, 8)
    assert neck(bag).shape == (1, 5, 8)
    assert (difference.sum(1) > 0).all()


def test_one_layer_runs_forwards_in_the_first_half_and_backwards_in_the_second():
    torch.manual_seed(0)
    neck = BiLSTM(in_channels=6, hidden_channels=4, num_layers=1)
    bag = torch.randn(1, 5, 6)
    changed = bag.clone()
    changed[0, 2] += 1
    same = (neck(bag) == neck(changed))[0]
    assert same[:2, :4].all() and not same[2:, :4].any()
    assert same[3:, 4:].all() and not same[:3, 4:].any()


@pytest.mark.parametrize('width', [2048, 1152])
def test_parameters_are_four_gates_twice_per_layer(width):
    # layer 1, one direction: 4 · 256 · (D + 256 + 2 biases); layer 2: 4 · 256 · (512 + 256 + 2)
    neck = BiLSTM(width)
    count = sum(parameter.numel() for parameter in neck.parameters())
    assert count == 2 * (1024 * (width + 258) + 1024 * 770)


def test_another_width_is_refused():
    with pytest.raises(ValueError, match=r'BiLSTM was built with in_channels=6, got .* width 7'):
        BiLSTM(6)(torch.zeros(1, 2, 7))


def test_mixed_precision_leaves_the_lstm_in_float32_on_a_cpu_without_bfloat16_units():
    torch.manual_seed(0)
    neck = BiLSTM(in_channels=6, hidden_channels=4, native_bfloat16=False)
    bag = torch.randn(1, 5, 6)
    with torch.autocast('cpu', torch.bfloat16):
        mixed = neck(bag)
        from_bfloat16 = neck(bag.bfloat16())
    assert mixed.dtype == torch.float32 and mixed.equal(neck(bag))
    assert from_bfloat16.equal(neck(bag.bfloat16().float()))
    mixed.sum().backward()
    assert neck.lstm.weight_ih_l0.grad.dtype == torch.float32
