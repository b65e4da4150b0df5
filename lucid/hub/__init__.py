"""From a repo id to RepoFacts: metadata only, nothing from the repo is executed."""
