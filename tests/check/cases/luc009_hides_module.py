"""What LUC009 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    "import numpy as np\nimport port\nfrom port import MyModel\nMyModel = port.MyModel",
    "from other import thing\nfrom . import port",
)
INVALID = (
    Invalid("from port import AutoencoderKLWan\n", line=1, column=1),
    Invalid("import port\n\nx = port.AutoModel()", line=1, column=1),
    Invalid("import port.models as models", line=1, column=1),
)
