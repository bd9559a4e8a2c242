"""Writes published lists and reads what the commands made of them."""

from mmvad.datasets.annotations import load_annotations


def write(folder, **files):
    """Write texts; ``__dot__`` in a name stands for a dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace('__dot__', '.')).write_text(text)


def videos(path):
    """Names in an annotation file."""
    return [entry['video'] for entry in load_annotations(path)[1]]
