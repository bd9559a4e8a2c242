"""The error of a video or audio file that cannot be used."""


class VideoError(ValueError):
    """A file that is no usable video: the text names the file, what was expected and what came."""
