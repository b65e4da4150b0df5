"""From frames and samples to what a codec takes; every codec constant."""
