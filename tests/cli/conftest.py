"""A real git repository for the tests beside this."""

from tests.gitrepo import git_repo as git_repo
