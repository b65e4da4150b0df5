"""As eloialonso/diamond at 5bcd159, src/envs."""
