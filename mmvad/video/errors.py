"""The error of a video or audio file that cannot be used."""


class VideoError(ValueError):
    """A file that is not a usable video; the message names it and says what is wrong."""
