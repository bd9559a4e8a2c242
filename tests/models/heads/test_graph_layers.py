import math

import pytest
import torch

from mmvad.models.heads.graph_layers import (
    GraphConvolution,
    distance_graph,
    score_graph,
    similarity_graph,
)

T, LENGTHS = 6, (6, 4)
MASK = torch.arange(T) < torch.tensor(LENGTHS)[:, None]


def softmax(row):
    exponents = [math.exp(value) for value in row]
    return [value / sum(exponents) for value in exponents]


def padded(rows):
    """Fill the rows of a bag's graph up to T × T."""
    filled = [row + [0.0] * (T - len(row)) for row in rows]
    return torch.tensor(filled + [[0.0] * T] * (T - len(rows)))


def test_similarity_graph_is_the_thresholded_cosine():
    features = torch.rand(2, T, 5) * MASK[:, :, None]
    found = similarity_graph(features, MASK)
    for bag, length, graph in zip(features.tolist(), LENGTHS, found, strict=True):
        rows = []
        for a in bag[:length]:
            cosines = [
                sum(x * y for x, y in zip(a, b, strict=True)) / (math.hypot(*a) * math.hypot(*b))
                for b in bag[:length]
            ]
            rows.append(softmax([c if c > 0.7 else 0.0 for c in cosines]))
        torch.testing.assert_close(graph, padded(rows), atol=1e-5, rtol=0)


def test_distance_graph_falls_with_the_distance():
    for length, graph in zip(LENGTHS, distance_graph(MASK), strict=True):
        rows = [[math.exp(-abs(i - j) / math.e) for j in range(length)] for i in range(length)]
        torch.testing.assert_close(graph, padded(rows))


def test_score_graph_joins_like_scores():
    scores = torch.rand(2, T)
    for bag, length, graph in zip(scores.tolist(), LENGTHS, score_graph(scores, MASK), strict=True):
        rows = [
            softmax([1 / (1 + math.exp(-(1 - abs(a - b) - 0.5) / 0.1)) for b in bag[:length]])
            for a in bag[:length]
        ]
        torch.testing.assert_close(graph, padded(rows), atol=1e-6, rtol=0)


@pytest.mark.parametrize('width', [3, 5])
def test_graph_convolution_mixes_and_adds_the_residual(width):
    layer = GraphConvolution(5, width).double()
    x, graph = torch.randn(4, 5).double(), torch.rand(4, 4).double()
    found = layer(x[None], graph[None])[0]
    for i in range(4):
        expected = sum(graph[i, j] * (x[j] @ layer.weight) for j in range(4))
        if width == 5:
            expected = expected + x[i]
        else:
            kernel = layer.residual.weight  # (C', C, 5)
            taps = [(tap, i + tap - 2) for tap in range(5) if 0 <= i + tap - 2 < 4]
            expected = expected + layer.residual.bias
            expected = expected + sum(kernel[:, :, tap] @ x[at] for tap, at in taps)
        torch.testing.assert_close(found[i], expected)
