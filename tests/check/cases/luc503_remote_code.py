"""What LUC503 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    "AutoModel.from_pretrained('org/name', trust_remote_code=False)",
    "load(trust_remote_code=ASKED)",
)
INVALID = (Invalid("AutoModel.from_pretrained(PATH, trust_remote_code=True)", line=1, column=33),)
