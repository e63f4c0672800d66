"""`python -m megate.cli`"""

import sys

from megate.cli.main import main

sys.exit(main())
