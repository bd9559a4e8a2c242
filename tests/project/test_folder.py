"""Where the videos of a project lie."""

import pytest

from mmvad.project.folder import ProjectFolder, read_videos_folder, write_settings


@pytest.fixture
def project(tmp_path):
    return ProjectFolder(tmp_path / 'gate')


def test_videos_inside_of_the_project_move_with_it(project, tmp_path):
    (project.path / 'videos').mkdir(parents=True)
    write_settings(project, project.path / 'videos')
    project.path.rename(tmp_path / 'yard')
    assert read_videos_folder(ProjectFolder(tmp_path / 'yard')) == tmp_path / 'yard' / 'videos'


def test_videos_elsewhere_are_found_from_any_folder(project, tmp_path, monkeypatch):
    (tmp_path / 'videos').mkdir()
    monkeypatch.chdir(tmp_path)
    write_settings(project, (tmp_path / 'videos').relative_to(tmp_path))
    assert read_videos_folder(project) == tmp_path / 'videos'


def test_a_folder_without_settings_is_no_project(project):
    with pytest.raises(FileNotFoundError, match=r'is no project: there is no .*mmvad new'):
        read_videos_folder(project)


@pytest.mark.parametrize('text', ['{}', '[]', '{"version": 2, "videos": "a"}', '{"version": 1}'])
def test_malformed_settings_are_refused(project, text):
    project.path.mkdir()
    project.settings.write_text(text)
    with pytest.raises(ValueError, match=r'project.json: expected \{"version": 1'):
        read_videos_folder(project)


def test_videos_that_are_gone_are_named(project, tmp_path):
    write_settings(project, tmp_path / 'gone')
    with pytest.raises(FileNotFoundError, match=r'there is no folder .*gone'):
        read_videos_folder(project)
