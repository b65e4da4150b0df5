"""The ``.lucid`` file: a rollout that can be played again. docs/capsule.md describes it."""
