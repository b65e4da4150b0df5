"""What LUC506 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = ("TOKEN = os.environ['HF_TOKEN']", "PREFIX = 'hf_'")
INVALID = (Invalid(f"TOKEN = 'hf_{'a' * 34}'", line=1, column=9),)
