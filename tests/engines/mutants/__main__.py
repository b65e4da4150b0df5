"""Write the table of docs/proof.md."""

from tests.engines.mutants import PROOF, page

PROOF.write_text(page(), "utf-8")
