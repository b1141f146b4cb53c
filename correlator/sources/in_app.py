"""Whether a frame is the team's own code, where the SDK does not say.

Only what is certainly not theirs is called so: installed packages, the language's own library,
the runtime. A path that nobody recognises is taken for the team's.
"""

import re

_LIBRARY_PARTS = (
    "/site-packages/",
    "/dist-packages/",
    "/node_modules/",
    "/bower_components/",
    "/vendor/bundle/",
    "/gems/",
    "/vendor/composer/",
    "/go/pkg/mod/",
    "/usr/local/go/src/",
    "/.cargo/registry/",
    "/rustc/",
    "/.nuget/packages/",
    "/webpack/bootstrap",
    "/webpack/runtime/",
)
_LIBRARY_STARTS = (
    "node:",
    "internal/",
    "<",
    "[native code]",
    "native ",
    "chrome-extension:",
    "moz-extension:",
    "safari-extension:",
    "safari-web-extension:",
)
_LIBRARY_MODULES = (
    "java.", "javax.", "jakarta.", "jdk.", "sun.", "com.sun.", "kotlin.", "kotlinx.", "scala.",
    "groovy.", "android.", "androidx.", "dalvik.", "org.springframework.", "org.apache.",
    "org.hibernate.", "org.eclipse.jetty.", "org.junit.", "io.netty.", "reactor.",
    "System.", "Microsoft.",
)  # fmt: skip
_MANAGED = frozenset({"java", "csharp", "scala", "kotlin", "android"})
# /usr/lib/python3.11/json/decoder.py, C:\Python311\Lib\json\decoder.py, .../python3.11/asyncio/x.py
_PYTHON_LIBRARY = re.compile(r"/python\d(?:\.\d{1,2})?/|/python\d{2,3}/lib/", re.IGNORECASE)


def looks_in_app(path: str, module: str | None, platform: str) -> bool:
    """False when path or module name a library, a runtime or no file at all; otherwise True."""
    if platform in _MANAGED and module and module.startswith(_LIBRARY_MODULES):
        return False
    slashed = "/" + path.replace("\\", "/")
    if path.startswith(_LIBRARY_STARTS) or any(part in slashed for part in _LIBRARY_PARTS):
        return False
    return not (platform == "python" and _PYTHON_LIBRARY.search(slashed))
