from mmvad.video.errors import VideoError


def test_an_unfit_video_is_an_error_of_its_input_and_not_of_the_file_system():
    assert issubclass(VideoError, ValueError) and not issubclass(VideoError, OSError)
