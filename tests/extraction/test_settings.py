"""Settings of a feature config: read, replaced, refused by name."""

import pytest

from mmvad.extraction.settings import AudioSettings, ClipSettings, read_settings


def test_settings_are_read_by_modality():
    found = read_settings(dict(mean=[0], resize=dict(width=340, height=256), crops='five'))
    assert found == ClipSettings(resize=(340, 256), crops='five') and found.num_crops == 5
    assert read_settings(dict(modality='audio', missing_audio='zeros')) == AudioSettings(
        missing_audio='zeros'
    )


def test_overrides_replace_what_is_given_and_none_does_not():
    config = dict(crops='five', tail='floor')
    found = read_settings(config, dict(crops='centre', tail=None))
    assert (found.crops, found.tail) == ('centre', 'floor')


def test_another_tail_rule_takes_the_old_one_s_minimum_with_it():
    config = dict(tail='keep', min_frames=8)
    assert read_settings(config).min_frames == 8
    assert read_settings(config, dict(tail='floor')) == read_settings(dict(tail='floor'))
    assert read_settings(config, dict(tail='keep')).min_frames == 8


def test_a_record_names_the_frames_of_a_clip_where_they_are_not_all():
    assert 'clip_frames' not in read_settings(dict()).record()  # as in records made before
    assert read_settings(dict(clip_frames=8)).record()['clip_frames'] == 8


@pytest.mark.parametrize(
    ('config', 'message'),
    [
        (dict(modality='flow'), "modality must be one of .* got 'flow'"),
        (dict(crop='ten'), "crop: no setting of an extractor of modality 'rgb'; there are"),
        (dict(crops='three'), "crops must be one of .* got 'three'"),
        (dict(crop_size=300), 'crop_size 300 does not fit into frames resized to 256'),
        (dict(resize=dict(side=256)), r'resize must be dict\(short_side=…\)'),
        (dict(clip_frames=5), 'clip_frames must divide the 16 frames of a segment, got 5'),
        (dict(clip_frames=0), 'clip_frames must divide the 16 frames of a segment, got 0'),
        (dict(tail='keep'), "tail 'keep' needs min_frames"),
        (dict(tail='floor', min_frames=8), "min_frames belongs to tail 'keep'"),
        (dict(fps=0), 'fps must be a positive number, got 0'),
        (dict(fps=float('inf')), 'fps must be a positive number, got inf'),
        (dict(decoder='vlc'), "decoder must be one of .* got 'vlc'"),
        (dict(modality='audio', missing_audio='skip'), "missing_audio must be .* got 'skip'"),
        (dict(modality='sound'), "modality 'sound' is now called 'audio'"),
        (dict(modality='audio', missing='zeros'), 'new names: missing is now missing_audio'),
    ],
)
def test_wrong_settings_are_refused_by_name(config, message):
    with pytest.raises(ValueError, match=message):
        read_settings(config)
