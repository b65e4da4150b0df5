"""What LUC505 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = ("PATH = Path(__file__).parent / 'weights'", '"""In /home/me/weights."""\nX = "/tmp/x"')
INVALID = (Invalid("PATH = '/home/me/weights.pt'", line=1, column=8),)
