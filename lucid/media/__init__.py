"""Convert and encode frames and audio; all codec constants are here."""
