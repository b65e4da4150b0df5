"""Turn a repo id into RepoFacts, from metadata only. Nothing from the repo is executed."""
