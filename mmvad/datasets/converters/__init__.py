"""From each data set's own lists and annotations to the annotation file of `mmvad.datasets`."""
