"""The documentation site: `make docs` builds it and fails on any warning."""

import re
from importlib import metadata
from pathlib import Path

from pydantic import BaseModel
from pygments.lexers.shell import BashLexer
from sphinx.application import Sphinx

project = "envcors"
author = "The envcors authors"
release = metadata.version(project)

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinxcontrib.mermaid"]
exclude_patterns = ["README.md"]  # the index for those who read the pages in the repository
nitpicky = True
# References to public names are checked. An annotation may name anything: private types, and those of other projects,
# whose inventories would need the network.
nitpick_ignore_regex = [("py:.*", r"(?!envcors\.\w+$|envcors\.(boot|observe|problems|testing|wsgi)\.\w+$).*")]

myst_enable_extensions = ["colon_fence"]  # a directive that the tests of pages do not take for a block to run
myst_heading_anchors = 4  # links such as `rules.md#origin-any` work as they do in the repository
myst_fence_as_directive = ["mermaid"]

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = f"envcors {release}"
html_show_copyright = False
html_show_sphinx = False

DOCS = Path(__file__).parent
LINK_OUT_OF_DOCS = re.compile(r"\[([^]]+)\]\((\.\./[^)#\s]+)(?:#[^)\s]*)?\)")


def show_path(link: re.Match[str]) -> str:
    """Replace a link to a file of the repository by the file's path. A dead link stays, so that Sphinx reports it."""
    text, target = link.groups()
    path = (DOCS / target).resolve()
    return f"{text} (`{path.relative_to(DOCS.parent)}`)" if path.exists() else link[0]


def replace_links(_app: Sphinx, _page: str, content: list[str]) -> None:
    """Replace the links that leave `docs/`: the site does not have those files."""
    content[0] = LINK_OUT_OF_DOCS.sub(show_path, content[0])


def omit_signature(_app: Sphinx, _what: str, _name: str, model: object, *_: object) -> tuple[str, str] | None:
    """Leave out the signature of a pydantic model: it repeats every field with its validators."""
    return ("", "") if isinstance(model, type) and issubclass(model, BaseModel) else None


def list_fields(_app: Sphinx, what: str, _name: str, model: object, _options: object, lines: list[str]) -> None:
    """Add the fields of a pydantic model to its docstring: name, default, description, example."""
    if what != "class" or not isinstance(model, type) or not issubclass(model, BaseModel):
        return
    for name, field in model.model_fields.items():
        description = re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", field.description or "")
        example = f" Example: ``{field.examples[0]}``." if field.examples else ""
        lines.extend(("", f"``{name}`` (default ``{field.default!r}``)", f"    {description}{example}"))


def setup(app: Sphinx) -> None:
    """Connect the functions above, and highlight `dotenv` blocks, for which Pygments has no lexer, as the shell's."""
    app.connect("source-read", replace_links)
    app.connect("autodoc-process-signature", omit_signature)
    # After napoleon, which would read a field's name as a section.
    app.connect("autodoc-process-docstring", list_fields, priority=900)
    app.add_lexer("dotenv", BashLexer)
