# SPDX-License-Identifier: Apache-2.0
# `python3 yolod [OPTION]...`: this folder, and not the working directory, is where Python looks for the package.
import sys

from zcf_yolod.main import main

sys.exit(main())
