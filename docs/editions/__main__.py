"""`make ko`: bring a language's catalogue up to date, and make its edition from it. `en`: run the English lessons anew.

Ends with 1 and a list where something is missing; the edition has English there.
"""

import sys
from collections.abc import Callable

import nbformat

from cloudlab.language import SOURCE
from docs.editions import catalogue as catalogues
from docs.editions.extract import messages
from docs.editions.notebooks import LESSONS, edition, execute, sources
from docs.editions.pages import pages


def make(language: str) -> list[str]:
    """Write the edition. Returns what is wrong."""
    template = messages()
    catalogue = catalogues.update(language, template)
    catalogues.compile(language, catalogue)
    translate = catalogues.translated(catalogue)
    for path, text in pages(language, translate).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    wrong = list(catalogues.problems(template, catalogue))
    return wrong + run(language, translate)


def run(language: str, translate: Callable[[str], str] = str) -> list[str]:
    """Write and execute the notebooks. Returns what failed."""
    folder, wrong = LESSONS if language == SOURCE else LESSONS / language, []
    for number, path in enumerate(sources(), 1):
        print(f"{language} {number} of {len(sources())}: {path.name}", flush=True)
        lesson = edition(path, translate)
        wrong += [f"{language}/{path.name}: cell {cell} failed" for cell in execute(lesson, folder)]
        nbformat.write(lesson, folder / path.name)
    return wrong


def main(languages: list[str]) -> int:
    known = [SOURCE, *catalogues.languages()]
    unknown = [language for language in languages if language not in known]
    if unknown or not languages:
        print(f"python -m docs.editions LANGUAGE …, one of {', '.join(known)}", file=sys.stderr)
        return 2
    wrong: list[str] = []
    for language in languages:
        wrong += run(language) if language == SOURCE else make(language)
    print("\n".join(wrong) or "All is there.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
