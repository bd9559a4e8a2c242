import torch

from mmvad.models.necks.nonlocal_block import NonLocalBlock


def test_block_is_the_slow_sum_over_steps():
    torch.manual_seed(0)
    block = NonLocalBlock(6, 3).double().eval()
    torch.nn.init.normal_(block.norm.weight)
    x = torch.randn(2, 6, 5, dtype=torch.float64)
    project = lambda layer, step: layer.weight[:, :, 0] @ step + layer.bias  # noqa: E731
    for video, found in zip(x, block(x), strict=True):
        steps = video.t()  # (T, C)
        for i, step in enumerate(steps):
            y = sum(
                project(block.theta, step) @ project(block.phi, other) * project(block.g, other)
                for other in steps
            ) / len(steps)
            scaled = project(block.out, y) / (1 + block.norm.eps) ** 0.5
            torch.testing.assert_close(found[:, i], step + block.norm.weight * scaled)


def test_block_starts_as_the_identity():
    x = torch.randn(2, 6, 5)
    assert NonLocalBlock(6, 3)(x).equal(x)
