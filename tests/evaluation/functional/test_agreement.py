import pytest
from toy_videos import make_video, random_videos

from mmvad.evaluation.functional.agreement import align_videos

NAMES = ('A.json', 'B.json')


def test_the_second_set_comes_in_the_order_of_the_first():
    videos = random_videos()
    other = [make_video(v.name, v.scores / 2, v.category, v.annotated_events) for v in videos]
    aligned = align_videos(videos, other[::-1], NAMES)
    assert all(found is wanted for found, wanted in zip(aligned, other, strict=True))


@pytest.mark.parametrize(
    ('videos', 'text'),
    [
        ([make_video('a', [0.1])], "video 'b' is in A.json only"),
        (
            [
                make_video('a', [0.1]),
                make_video('b', [0.5, 0.5], 'B1', [(3, 9)]),
                make_video('c', [0.1]),
            ],
            "video 'c' is in B.json only",
        ),
        (
            [make_video('a', [0.1, 0.1]), make_video('b', [0.5, 0.5], 'B1', [(3, 9)])],
            "video 'a' has 16 frames in A.json and 32 in B.json",
        ),
        (
            [make_video('a', [0.1]), make_video('b', [0.5, 0.5], 'B1', [(3, 8)])],
            "video 'b' has frame 8 anomalous in A.json and normal in B.json",
        ),
    ],
)
def test_the_first_difference_is_named(videos, text):
    first = [make_video('a', [0.5]), make_video('b', [0.2, 0.9], 'B1', [(3, 9)])]
    with pytest.raises(ValueError, match=f'^A.json and B.json differ: {text}$'):
        align_videos(first, videos, NAMES)


def test_only_what_is_counted_must_agree():
    first = [make_video('a', [0.5, 0.5], 'B1', [(3, 9)], num_frames=20, tail='ceil')]
    second = [make_video('a', [0.5, 0.5], 'B1', [(3, 9)], num_frames=25, tail='ceil')]
    align_videos(first, second, NAMES, 'segments')
    with pytest.raises(ValueError, match=r'has 20 frames in A.json and 25 in B.json'):
        align_videos(first, second, NAMES, 'true')


def test_a_video_twice_is_an_error():
    with pytest.raises(ValueError, match="'a' was scored more than once"):
        align_videos([make_video('a', [0.5])], [make_video('a', [0.5])] * 2, NAMES)
