"""Counts what has no translation: ``python -m benchmarks.untranslated``; ``--write fr`` brings a catalogue up to date.

A new language begins with ``--write sw``: two catalogues with every sentence of the program, and nothing translated.
"""

from __future__ import annotations

import argparse
from collections import Counter

from benchmarks.untranslated.catalogues import bring_up_to_date, translated
from benchmarks.untranslated.gathering import of_pages
from benchmarks.untranslated.showing import shown_in_english
from ironreport.language.catalogue import offered


def main() -> None:
    """Print a table, or write a catalogue."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", metavar="CODE", help="add new sentences to the catalogues of a language")
    parser.add_argument("--list", metavar="CODE", help="print every sentence without a translation")
    parser.add_argument("--shown", action="store_true", help="draw every page, and print what stood there in English")
    asked = parser.parse_args()
    if asked.write:
        print("\n".join(map(str, bring_up_to_date(asked.write))))
        return
    if asked.shown:
        for code in sorted(offered()):
            found = shown_in_english(code)
            print(f"{code}: {len(found)} texts of the pages stand in English")
            print("".join(f"    {page}: {text!r}\n" for text, page in found.items()), end="")
        return
    sentences = of_pages()
    for code in sorted({*offered()} if not asked.list else {asked.list}):
        known = translated(code)
        missing = [one for one in sentences if one.text not in known]
        if asked.list:
            print("\n".join(f"{one.place}: {one.text}" for one in missing))
            continue
        print(f"{code}: {len(known)} translated; of {len(sentences)} sentences in the source {len(missing)} are not")
        for part, n in Counter(one.place.split("/")[0] for one in missing).most_common():
            print(f"    {part:24} {n}")


if __name__ == "__main__":
    main()
