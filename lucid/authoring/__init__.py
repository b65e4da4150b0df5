"""The authoring API that a port imports: declarations only, no runtime."""
