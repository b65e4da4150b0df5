"""From RepoFacts to a port on disk: plan the files, then write them all or none."""
