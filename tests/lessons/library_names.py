"""List the classes that libraries offer: ``python -m tests.lessons.library_names trl peft …``.

It writes JSON: name → library.
"""

import importlib
import json
import sys

if __name__ == "__main__":
    found: dict[str, str] = {}
    for library in sys.argv[1:]:
        for name in dir(importlib.import_module(library)):
            if name[:1].isupper():
                found.setdefault(name, library)
    print(json.dumps(found))
